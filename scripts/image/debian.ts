import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import type { Architecture } from './architectures.ts';

const release = 'bookworm';
const sources = [
  `deb http://deb.debian.org/debian ${release} main`,
  `deb http://deb.debian.org/debian-security ${release}-security main`,
];

/** How this machine reaches Debian: through a proxy, or a mirror that stands still. */
const machinesOwn = /^Acquire::(https?|Check-)/;

/** Where distroless images say which packages they have, for scanners: a file each, with the fields of the package. */
export const packageNotes = '/var/lib/dpkg/status.d';

const notePackages = `
  mkdir -p "$1${packageNotes}"
  for package in "$1"/var/cache/apt/archives/*.deb; do
    dpkg-deb --field "$package" >"$1${packageNotes}/$(dpkg-deb --field "$package" Package)"
  done`;

/**
 * Writes a tar file of Debian's packages and of what they need. They are unpacked, and nothing of them is run, so that any
 * machine can do it for any other.
 */
export function unpackPackages(architecture: Architecture, packages: readonly string[], tarPath: string): void {
  const settingsPath = `${tarPath}.apt.conf`;
  try {
    const settings = execFileSync('apt-config', ['dump', 'Acquire'], { encoding: 'utf8' }).split('\n');
    writeFileSync(settingsPath, settings.filter((line) => machinesOwn.test(line)).join('\n'));
    const how = [
      '--mode=root',
      '--variant=extract',
      `--architectures=${architecture}`,
      `--aptopt=${settingsPath}`,
      `--extract-hook=${notePackages}`,
    ];
    execFileSync('mmdebstrap', [...how, `--include=${packages.join(',')}`, release, tarPath, ...sources], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } finally {
    rmSync(settingsPath, { force: true });
  }
}
