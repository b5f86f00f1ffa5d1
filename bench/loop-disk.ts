import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The image is sparse. */
const imageBytes = 8 * 1024 ** 3;

/**
 * Mounts a new file system of its own on a loop device while an operation runs. Needs root.
 * @param make such as `['mkfs.xfs', '-q']`
 */
export async function onLoopDisk<Result>(
  make: readonly [program: string, ...options: string[]],
  operation: (point: string) => Promise<Result>,
): Promise<Result> {
  if (process.getuid?.() !== 0) throw new Error('this scenario mounts a file system: run it as root');
  const folder = mkdtempSync(join(tmpdir(), 'bench-disk-'));
  const [image, point] = [join(folder, 'image'), join(folder, 'mounted')];
  try {
    writeFileSync(image, '');
    truncateSync(image, imageBytes);
    const [program, ...options] = make;
    execFileSync(program, [...options, image]);
    mkdirSync(point);
    execFileSync('mount', ['-o', 'loop', image, point]);
    try {
      return await operation(point);
    } finally {
      execFileSync('umount', [point]);
    }
  } finally {
    execFileSync('rm', ['--recursive', '--one-file-system', folder]);
  }
}
