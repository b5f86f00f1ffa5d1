import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeUnlessCurrent } from '../stamped-file.ts';
import type { Architecture } from './architectures.ts';
import { packageNotes, unpackPackages } from './debian.ts';
import { basePath } from './paths.ts';

/** Brings glibc and libgcc with it; Node needs no more. */
const packages = ['libstdc++6'];

/** Of the packages, libraries, licences and what says which they are; not the tables for character sets, as Node has its own. The last match counts. */
const kept = [
  '--path-exclude=/*',
  ...['/lib*', '/usr', '/usr/lib*', '/usr/share', '/usr/share/doc*'].map((path) => `--path-include=${path}`),
  ...['/var', '/var/lib', '/var/lib/dpkg', `${packageNotes}*`].map((path) => `--path-include=${path}`),
  '--path-exclude=/usr/lib/*/gconv*',
  '--path-exclude=/usr/share/doc/*/*',
  '--path-include=/usr/share/doc/*/copyright',
];

/**
 * Makes a tar file of the libraries that Node needs, out of Debian's packages: they are unpacked, and nothing of them is
 * run, so that any machine can do it for any other.
 */
export async function makeBase(architecture: Architecture): Promise<void> {
  const recipe = ['base.ts', 'debian.ts'].map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'));
  const stamp = [architecture, ...recipe].join('\n');
  await makeUnlessCurrent(basePath(architecture), stamp, (unfinishedPath) => unpack(architecture, unfinishedPath));
}

function unpack(architecture: Architecture, path: string): void {
  const wholePath = `${path}.whole.tar`;
  try {
    unpackPackages(architecture, packages, wholePath);
    filter(wholePath, path);
  } finally {
    rmSync(wholePath, { force: true });
  }
}

function filter(from: string, to: string): void {
  const [input, output] = [openSync(from, 'r'), openSync(to, 'w')];
  try {
    execFileSync('mmtarfilter', kept, { stdio: [input, output, 'pipe'] });
  } finally {
    closeSync(input);
    closeSync(output);
  }
}
