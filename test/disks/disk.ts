import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** How a file system is made on an image and checked there, and the least size that its tool takes, in MiB. */
const kinds = {
  ext4: { make: ['mkfs.ext4', '-q', '-m', '0'], leastMiB: 16, check: ['e2fsck', '-fn'] },
  xfs: { make: ['mkfs.xfs', '-q'], leastMiB: 300, check: ['xfs_repair', '-n'] },
  btrfs: { make: ['mkfs.btrfs', '-q'], leastMiB: 120, check: ['btrfs', 'check', '--readonly'] },
} as const;

export type DiskKind = keyof typeof kinds;

export const diskKinds = Object.keys(kinds) as DiskKind[];

export interface DiskOptions {
  /** Size of the image, which is sparse. */
  sizeMiB?: number;
  make?: string[];
  mount?: string;
}

export function run(program: string, ...options: string[]): string {
  return execFileSync(program, options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A directory that is gone after the test. What is mounted in it has to be unmounted by who mounted it. */
export function workplace(): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'disks-')));
  chmodSync(path, 0o755); // for tenants
  onTestFinished(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }));
  return path;
}

/** Mounts, until the test is over. The mount point is made. */
export function mounted(point: string, ...options: string[]): string {
  mkdirSync(point, { recursive: true });
  run('mount', ...options, point);
  onTestFinished(() => unmount(point));
  return point;
}

/** Also what is mounted there several times, or not at all. */
export function unmount(point: string): void {
  try {
    run('umount', '--recursive', point);
  } catch {
    // It was unmounted by the test.
  }
}

/**
 * A file system of its own on a loop device, which is gone after the test, however that ends. Reads and writes of the device
 * pass by the cache of its image, so that the image has at any moment what the file system has sent to its disk, and no more.
 */
export class Disk {
  readonly kind: DiskKind;
  readonly image: string;
  readonly point: string;
  readonly #mountOptions: string[];
  #device = '';

  /** @param image an image that is there, such as a copy of another disk's */
  constructor(kind: DiskKind, place: string, options: DiskOptions = {}, image?: string) {
    this.kind = kind;
    this.image = image ?? join(place, `${kind}.img`);
    this.point = join(place, image === undefined ? kind : `${kind}-copy`);
    this.#mountOptions = options.mount === undefined ? [] : ['-o', options.mount];
    mkdirSync(this.point, { recursive: true });
    if (image === undefined) this.#make(options);
  }

  mount(): this {
    this.#device = run('losetup', '--find', '--show', '--direct-io=on', this.image).trim();
    try {
      run('mount', ...this.#mountOptions, this.#device, this.point);
    } finally {
      // Goes when the last mount does, or at once without one.
      run('losetup', '--detach', this.#device);
    }
    onTestFinished(() => this.unmount());
    return this;
  }

  unmount(): void {
    unmount(this.point);
  }

  /** How much was sent to the disk, as text that differs whenever more was. */
  get written(): string {
    const [, , , , writes, , sectors, , pending] = readFileSync(`/sys/block/${basename(this.#device)}/stat`, 'utf8')
      .trim()
      .split(/ +/);
    return `${writes} writes of ${sectors} sectors, ${pending} pending`;
  }

  /** What the disk would hold if the power went now: nothing of what the file system still has in memory. */
  copy(to: string): Disk {
    let before: string;
    do {
      before = this.written;
      run('cp', '--sparse=always', this.image, to);
    } while (this.written !== before || !before.endsWith(' 0 pending'));
    return new Disk(this.kind, join(to, '..'), {}, to);
  }

  /** @throws {Error} when the tool of the file system finds anything wrong; it must not be mounted */
  proveConsistent(): void {
    const [program, ...options] = kinds[this.kind].check;
    run(program, ...options, this.image);
  }

  #make({ sizeMiB = kinds[this.kind].leastMiB, make = [] }: DiskOptions): void {
    writeFileSync(this.image, '');
    truncateSync(this.image, sizeMiB * 1024 ** 2);
    const [program, ...options] = kinds[this.kind].make;
    run(program, ...options, ...make, this.image);
  }
}
