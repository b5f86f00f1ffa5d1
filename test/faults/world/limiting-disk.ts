import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controlQuotas, withoutSimpleQuotas } from '../../disks/quotas.ts';

const sizeMiB = 1_024;

/** A file system with limits, which is made when it is first asked for, and is there for one run after another. */
export class LimitingDisk {
  #folder: string | undefined;

  /** Where it is mounted. */
  get point(): string {
    this.#folder ??= this.#make();
    return pointIn(this.#folder);
  }

  remove(): void {
    if (this.#folder === undefined) return;
    process.off('exit', this.#unmount);
    this.#unmount();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** btrfs, because each kernel with it has its quotas. A short interval between commits has it forget soon what is removed. */
  #make(): string {
    const folder = mkdtempSync(join(tmpdir(), 'faults-disk-'));
    const image = join(folder, 'image');
    writeFileSync(image, '');
    truncateSync(image, sizeMiB * 1024 ** 2);
    execFileSync('mkfs.btrfs', ['-q', image]);
    mkdirSync(pointIn(folder));
    execFileSync('mount', ['-o', 'loop,commit=1', image, pointIn(folder)]);
    controlQuotas(pointIn(folder), 'enableSimple');
    process.once('exit', this.#unmount);
    return folder;
  }

  /** Also when the harness is broken off, and something still runs there. */
  readonly #unmount = (): void => {
    if (this.#folder !== undefined) spawnSync('umount', ['--lazy', pointIn(this.#folder)]);
  };
}

const pointIn = (folder: string): string => join(folder, 'disk');

/** What keeps such a disk from being made here. */
export function withoutLimitingDisk(): string[] {
  const isMissing = (program: string) => spawnSync('which', [program]).status !== 0;
  return [
    ...(process.getuid?.() === 0 ? [] : ['limits need root']),
    ...(isMissing('mkfs.btrfs') ? ['mkfs.btrfs is missing (btrfs-progs)'] : []),
    ...withoutSimpleQuotas(),
  ];
}
