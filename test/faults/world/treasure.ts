import { randomBytes } from 'node:crypto';
import { linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a pod wrote into a volume, remembered so that its loss is seen. */
export class Treasure {
  readonly directory: string;
  readonly #inode: number;
  readonly #content = randomBytes(16).toString('hex');

  /** @param decoy a directory outside, which the pod plants a link to */
  constructor(directory: string, decoy: string) {
    this.directory = directory;
    this.#inode = lstatSync(directory).ino;
    writeFileSync(join(directory, 'precious'), this.#content);
    symlinkSync(decoy, join(directory, 'way-out'));
    mkdirSync(join(directory, 'logs'));
    writeFileSync(join(directory, 'logs/segment'), 'content');
  }

  /** Adds names that are not looked at again, all of one file: that is as much to erase, and quicker to make. */
  fill(count: number): void {
    const file = join(this.directory, 'file');
    writeFileSync(file, '');
    for (let index = 1; index < count; index += 1) linkSync(file, `${file}-${index}`);
  }

  /** What is lost, in words, or undefined. */
  loss(): string | undefined {
    const found = lstatSync(this.directory, { throwIfNoEntry: false });
    if (found === undefined) return 'the directory is gone';
    if (found.ino !== this.#inode) return `the directory is another one: inode ${found.ino}, was ${this.#inode}`;
    const names = readdirSync(this.directory);
    const missing = ['precious', 'way-out', 'logs'].filter((name) => !names.includes(name));
    if (missing.length > 0) return `gone from it: ${missing.join(', ')}`;
    if (!readdirSync(join(this.directory, 'logs')).includes('segment')) return 'gone from it: logs/segment';
    const content = readFileSync(join(this.directory, 'precious'), 'utf8');
    return content === this.#content ? undefined : `"precious" has the content ${JSON.stringify(content)}`;
  }
}
