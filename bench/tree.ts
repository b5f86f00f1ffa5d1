import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const filesInEach = 1_000;

/** Fills a directory with so many small files, 1,000 in each directory. */
export function plantTree(path: string, files: number): void {
  for (let first = 0; first < files; first += filesInEach) {
    const directory = join(path, `directory-${first / filesInEach}`);
    mkdirSync(directory);
    for (let file = first; file < Math.min(first + filesInEach, files); file += 1) {
      writeFileSync(join(directory, `file-${file}`), 'data');
    }
  }
}
