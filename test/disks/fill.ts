import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

/**
 * A program: fills the disk that a directory lies on, until it has neither space for a byte nor, with what is left, for a file.
 * With `greedy`, it takes whatever becomes free, until it is killed.
 * A file system writes late, so a piece counts only when it is on the disk.
 */

const full: readonly number[] = [constants.errno.ENOSPC, constants.errno.EDQUOT];

const [directory = '', greedy] = process.argv.slice(2);
let made = 0;

for (const size of [1024 ** 2, 64 * 1024, 4096, 512]) {
  untilFull(() => {
    const descriptor = openSync(join(directory, `pieces-of-${size}`), 'a');
    try {
      const piece = Buffer.alloc(size, 'x');
      for (;;) {
        writeSync(descriptor, piece);
        if (size < 64 * 1024) fsyncSync(descriptor);
      }
    } finally {
      closeSync(descriptor);
    }
  });
}
do {
  untilFull(() => {
    for (;;) writeFileSync(join(directory, `file-${made++}`), 'x');
  });
} while (greedy === 'greedy');

function untilFull(deed: () => void): void {
  try {
    deed();
  } catch (error) {
    if (!full.includes(-((error as NodeJS.ErrnoException).errno ?? 0))) throw error;
  }
}
