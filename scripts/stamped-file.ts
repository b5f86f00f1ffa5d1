import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a file that takes long to make, unless it is there and was made of the same.
 * @param stamp changes whenever the file would; it is kept beside the file
 * @param make writes the file to the path that it is given, where there is nothing yet, and may fail midway
 * @returns whether the file was made
 */
export async function makeUnlessCurrent(
  path: string,
  stamp: string,
  make: (unfinishedPath: string) => void | Promise<void>,
): Promise<boolean> {
  const stampPath = `${path}.stamp`;
  if (existsSync(path) && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) return false;
  const unfinishedPath = `${path}.unfinished`;
  mkdirSync(dirname(path), { recursive: true });
  rmSync(unfinishedPath, { force: true });
  await make(unfinishedPath);
  rmSync(stampPath, { force: true }); // an end right here must not leave the new file with the old stamp
  renameSync(unfinishedPath, path);
  writeFileSync(stampPath, stamp);
  return true;
}
