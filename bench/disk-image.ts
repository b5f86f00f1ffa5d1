/**
 * `node bench/disk-image.ts [FOLDER] [ROUNDS]`: what a pool of docs/disk-image.md costs. Makes one in a file in FOLDER, and does the
 * same work in it and beside it, in turn. Prints the time in the pool divided by the time beside it. Needs root, and 2 GiB there.
 */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [parent = tmpdir(), rounds = '15'] = process.argv.slice(2);

const works: Record<string, (folder: string) => void> = {
  'write 256 MiB, then fsync': (folder) => {
    withFile(join(folder, 'large'), (file) => {
      for (let n = 0; n < 256; n++) writeSync(file, mebibyte);
      fsyncSync(file);
    });
  },
  '200 appends of 4 KiB, fsync after each': (folder) => {
    withFile(join(folder, 'log'), (file) => {
      for (let n = 0; n < 200; n++) {
        writeSync(file, mebibyte, 0, 4096);
        fsyncSync(file);
      }
    });
  },
  '200 renames, fsync of the directory after each': (folder) => {
    writeFileSync(join(folder, 'file-0'), 'content');
    withFile(
      folder,
      (directory) => {
        for (let n = 0; n < 200; n++) {
          renameSync(join(folder, `file-${n}`), join(folder, `file-${n + 1}`));
          fsyncSync(directory);
        }
      },
      'r',
    );
  },
};

const mebibyte = Buffer.alloc(1024 ** 2, 'x');

function withFile(path: string, use: (file: number) => void, flags = 'w'): void {
  const file = openSync(path, flags);
  try {
    use(file);
  } finally {
    closeSync(file);
  }
}

function secondsOf(work: (folder: string) => void, folder: string): number {
  mkdirSync(folder);
  execFileSync('sync', ['--file-system', folder]);
  const startedAt = performance.now();
  work(folder);
  const seconds = (performance.now() - startedAt) / 1_000;
  rmSync(folder, { recursive: true });
  return seconds;
}

const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((one, other) => one - other);

const folder = mkdtempSync(join(parent, 'disk-image-'));
const image = join(folder, 'pool.xfs');
const pool = join(folder, 'pool');
try {
  execFileSync('truncate', ['--size=2G', image]);
  execFileSync('mkfs.xfs', ['-q', image]);
  mkdirSync(pool);
  execFileSync('mount', ['-o', 'loop,discard', image, pool]);
  for (const [what, work] of Object.entries(works)) {
    const ratios = Array.from({ length: Number(rounds) }, (_, round) => {
      const places = round % 2 === 0 ? [pool, folder] : [folder, pool];
      const seconds = new Map(places.map((place) => [place, secondsOf(work, join(place, 'work'))]));
      return (seconds.get(pool) ?? Number.NaN) / (seconds.get(folder) ?? Number.NaN);
    });
    const [least, median, most] = [0, Math.floor(ratios.length / 2), ratios.length - 1].map((at) => sorted(ratios)[at]);
    console.log(`${what}: ${median?.toFixed(2)} (${least?.toFixed(2)} to ${most?.toFixed(2)})`);
  }
} finally {
  execFileSync('sh', ['-c', 'umount "$1" 2>/dev/null || true', 'sh', pool]);
  rmSync(folder, { recursive: true });
}
