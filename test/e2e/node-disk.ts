import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Cluster } from '../control-plane/real/node.ts';

/** A disk of the node: a file in its /tmp with a file system, which is mounted at a path of the node. */
export class NodeDisk {
  readonly #node: Cluster;
  readonly #path: string;
  readonly #imageName: string;

  constructor(node: Cluster, path: string) {
    this.#node = node;
    this.#path = path;
    this.#imageName = `${basename(path)}.img`;
  }

  /** Makes it with an empty file system, and its path if that is missing. */
  make(sizeBytes: number): this {
    const imagePath = join(this.#node.tmpPath, this.#imageName);
    writeFileSync(imagePath, '');
    truncateSync(imagePath, sizeBytes);
    execFileSync('mkfs.ext4', ['-q', imagePath]);
    this.#run('mkdir', '-p', this.#path);
    return this;
  }

  mount(): void {
    this.#run('mount', '-o', 'loop', `/tmp/${this.#imageName}`, this.#path);
  }

  /** What pods have mounted of it stays with them. */
  unmount(): void {
    this.#run('umount', this.#path);
  }

  /** Like the kernel after an error of the disk: nothing can be written any more. */
  makeReadOnly(): void {
    this.#run('mount', '-o', 'remount,ro', this.#path);
  }

  /** Takes all its inodes and all its space, with what is reserved for root. Once more, it takes what was set free since. */
  fill(): void {
    // By whole paths of a mounted disk. A step that fails would otherwise fill the disk of this machine.
    const script = `
      mountpoint -q "$1"
      mkdir -p "$2"
      seq -f "$2/%.0f" 1000000 | xargs touch 2>/dev/null || true
      cat /dev/zero 2>/dev/null >>"$2/1" || true`;
    this.#run('sh', '-euc', script, 'fill', this.#path, this.#restPath);
  }

  /** Gives back what `fill` has taken. */
  free(): void {
    this.#run('rm', '-r', this.#restPath);
  }

  get #restPath(): string {
    return join(this.#path, 'rest');
  }

  #run(...command: string[]): void {
    const [program = '', ...args] = [...this.#node.enter, ...command];
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }
}
