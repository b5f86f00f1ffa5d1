import { randomBytes } from 'node:crypto';
import { linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a pod wrote into a volume, remembered so that its loss is seen. */
export class Treasure {
  readonly directory: string;
  readonly #inode: number;
  readonly #content: string;
  #files = 0;

  /**
   * @param decoy a directory outside, which the pod plants a link to
   * @param source what the directory is a copy of; nothing is then written
   */
  constructor(directory: string, decoy: string, source?: Treasure) {
    this.directory = directory;
    this.#inode = lstatSync(directory).ino;
    this.#content = source === undefined ? randomBytes(16).toString('hex') : source.#content;
    if (source !== undefined) return;
    writeFileSync(join(directory, 'precious'), this.#content);
    symlinkSync(decoy, join(directory, 'way-out'));
    mkdirSync(join(directory, 'logs'));
    writeFileSync(join(directory, 'logs/segment'), 'content');
  }

  /** Adds names that are not looked at again, all of one file: that is as much to erase, and quicker to make. */
  fill(count: number): void {
    const file = join(this.directory, 'file');
    writeFileSync(file, '');
    this.#files = count;
    for (let index = 1; index < count; index += 1) linkSync(file, `${file}-${index}`);
  }

  /** What is lost, in words, or undefined. */
  loss(): string | undefined {
    const found = lstatSync(this.directory, { throwIfNoEntry: false });
    if (found === undefined) return 'the directory is gone';
    if (found.ino !== this.#inode) return `the directory is another one: inode ${found.ino}, was ${this.#inode}`;
    return this.missingIn(this.directory);
  }

  /** What of it is missing in a copy, in words, or undefined. */
  missingIn(directory: string): string | undefined {
    const names = readdirSync(directory);
    const missing = ['precious', 'way-out', 'logs'].filter((name) => !names.includes(name));
    if (missing.length > 0) return `gone from it: ${missing.join(', ')}`;
    if (!readdirSync(join(directory, 'logs')).includes('segment')) return 'gone from it: logs/segment';
    const files = names.filter((name) => name.startsWith('file')).length;
    if (files < this.#files) return `gone from it: ${this.#files - files} of ${this.#files} files`;
    const content = readFileSync(join(directory, 'precious'), 'utf8');
    return content === this.#content ? undefined : `"precious" has the content ${JSON.stringify(content)}`;
  }
}
