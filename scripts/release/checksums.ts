import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** In the form that `sha256sum --check` reads. */
export const checksumsName = 'SHA256SUMS';

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Writes the checksums of all files in a folder. */
export async function writeChecksums(folder: string): Promise<void> {
  const lines: string[] = [];
  for (const name of filesIn(folder)) lines.push(`${await sha256Of(join(folder, name))}  ${name}\n`);
  writeFileSync(join(folder, checksumsName), lines.join(''));
}

/** Which files are not what the checksums say, not there, or without a checksum; a line for each. */
export async function checksumProblems(folder: string): Promise<string[]> {
  const lines = readFileSync(join(folder, checksumsName), 'utf8').trimEnd().split('\n');
  const told = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
  const problems = filesIn(folder)
    .filter((name) => !told.has(name))
    .map((name) => `${name} has no checksum`);
  for (const [name, checksum] of told) {
    if (!filesIn(folder).includes(name)) problems.push(`${name} is missing`);
    else if ((await sha256Of(join(folder, name))) !== checksum) problems.push(`${name} has another checksum`);
  }
  return problems;
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name !== checksumsName)
    .sort();
