import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { makeUnlessCurrent } from '../stamped-file.ts';
import type { Architecture } from './architectures.ts';
import { basePath } from './paths.ts';

const release = 'bookworm';
const sources = [
  `deb http://deb.debian.org/debian ${release} main`,
  `deb http://deb.debian.org/debian-security ${release}-security main`,
];

/** Brings glibc and libgcc with it; Node needs no more. */
const packages = ['libstdc++6'];

/** Of the packages, libraries and licences; not the tables for character sets, as Node has its own. The last match counts. */
const kept = [
  '--path-exclude=/*',
  ...['/lib*', '/usr', '/usr/lib*', '/usr/share', '/usr/share/doc*'].map((path) => `--path-include=${path}`),
  '--path-exclude=/usr/lib/*/gconv*',
  '--path-exclude=/usr/share/doc/*/*',
  '--path-include=/usr/share/doc/*/copyright',
];

/** How this machine reaches Debian: through a proxy, or a mirror that stands still. */
const machinesOwn = /^Acquire::(https?|Check-)/;

/**
 * Makes a tar file of the libraries that Node needs, out of Debian's packages: they are unpacked, and nothing of them is
 * run, so that any machine can do it for any other.
 */
export async function makeBase(architecture: Architecture): Promise<void> {
  const stamp = `${architecture}\n${readFileSync(import.meta.filename, 'utf8')}`;
  await makeUnlessCurrent(basePath(architecture), stamp, (unfinishedPath) => unpack(architecture, unfinishedPath));
}

function unpack(architecture: Architecture, path: string): void {
  const wholePath = `${path}.whole.tar`;
  const settingsPath = `${path}.apt.conf`;
  try {
    const settings = execFileSync('apt-config', ['dump', 'Acquire'], { encoding: 'utf8' }).split('\n');
    writeFileSync(settingsPath, settings.filter((line) => machinesOwn.test(line)).join('\n'));
    const how = ['--mode=root', '--variant=extract', `--architectures=${architecture}`, `--aptopt=${settingsPath}`];
    execFileSync('mmdebstrap', [...how, `--include=${packages.join(',')}`, release, wholePath, ...sources], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    filter(wholePath, path);
  } finally {
    rmSync(wholePath, { force: true });
    rmSync(settingsPath, { force: true });
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
