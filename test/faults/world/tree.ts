import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** One line for each entry below a directory and for itself: kind, inode, mode, owner and content. Links are not followed. */
export function describeTree(path: string): string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [`${path} is gone`];
  const facts = `${path} inode ${found.ino} mode ${(found.mode & 0o7777).toString(8)} owner ${found.uid}:${found.gid}`;
  if (found.isSymbolicLink()) return [`${facts} link to ${readlinkSync(path)}`];
  if (found.isDirectory())
    return [
      facts,
      ...readdirSync(path)
        .sort()
        .flatMap((name) => describeTree(join(path, name))),
    ];
  const content = found.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'special';
  return [`${facts} content ${content}`];
}

/** What became different, as lines with `-` and `+`. */
export function differences(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
}
