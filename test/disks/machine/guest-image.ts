import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { project } from '../../../scripts/image/paths.ts';
import { makeUnlessCurrent } from '../../../scripts/stamped-file.ts';
import {
  copyKernel,
  copyModules,
  diskModules,
  pack,
  releaseIn,
  servePath,
  unpackDebian,
} from '../../machine/guest-image.ts';

const cache = join(project, '.build/disks');
const guest = join(import.meta.dirname, 'guest');
const guestFiles = ['boot', 'init', 'commands.service'].map((name) => join(guest, name));

/** Linux with quotas, the archive that it begins with, and the image of Debian's tree, with Node and its packages. */
export const guestPaths = {
  kernel: join(cache, 'vmlinuz'),
  initrd: join(cache, 'initrd.cpio'),
  tree: join(cache, 'tree.img'),
};

const packages = [
  'linux-image-cloud-amd64',
  'busybox-static',
  ...['bash', 'coreutils', 'grep', 'sed', 'gawk', 'findutils'],
  ...['mount', 'util-linux', 'e2fsprogs', 'xfsprogs', 'btrfs-progs', 'quota'],
  'systemd',
  'libstdc++6', // for Node
];

/** Of Debian's units, those that want a device manager, a terminal or a network, and what runs now and then. */
const masked = [
  ...['udevd.service', 'udevd-control.socket', 'udevd-kernel.socket', 'udev-trigger.service', 'firstboot.service'],
  ...['logind.service', 'timesyncd.service'],
]
  .map((name) => `systemd-${name}`)
  .concat(['getty.target', 'quota.service', 'quotaon.service', 'networking.service', 'timers.target']);

/** Makes all three, unless they are there and current: a minute, from Debian's packages. Needs root. */
export async function makeGuest(): Promise<void> {
  const hash = createHash('sha256');
  const recipe = [import.meta.filename, servePath, ...guestFiles, join(project, 'package-lock.json')];
  for (const path of recipe) hash.update(readFileSync(path));
  await makeUnlessCurrent(guestPaths.tree, hash.digest('hex'), (unfinishedPath) => build(unfinishedPath));
}

function build(treePath: string): void {
  const debian = join(cache, 'debian');
  const initial = join(cache, 'initial');
  try {
    unpackDebian(packages, debian);
    copyKernel(debian, guestPaths.kernel);
    layInitial(debian, initial);
    pack(initial, guestPaths.initrd);
    layTree(debian);
    execFileSync('mke2fs', ['-q', '-t', 'ext4', '-d', debian, treePath, '2G']);
  } finally {
    for (const path of [debian, initial]) rmSync(path, { recursive: true, force: true });
  }
}

/** What finds the disks. */
function layInitial(debian: string, initial: string): void {
  rmSync(initial, { recursive: true, force: true });
  for (const path of ['bin', 'proc', 'dev', 'root']) mkdirSync(join(initial, path), { recursive: true });
  copyFileSync(join(debian, 'bin/busybox'), join(initial, 'bin/busybox'));
  copyProgram(join(guest, 'boot'), join(initial, 'init'));
  copyModules(debian, diskModules, initial);
}

/** Adds to Debian's tree what its packages' own scripts would have, and what is the machine's own. */
function layTree(debian: string): void {
  execFileSync('chroot', [debian, '/sbin/depmod', releaseIn(debian)]);
  for (const path of ['doc', 'man', 'locale'])
    rmSync(join(debian, 'usr/share', path), { recursive: true, force: true });
  for (const path of ['machine', 'project', 'mnt', 'tmp', 'run', 'root'])
    mkdirSync(join(debian, path), { recursive: true });
  copyProgram(servePath, join(debian, 'machine/serve'));
  copyProgram(join(guest, 'init'), join(debian, 'machine/init'));
  symlinkSync('bash', join(debian, 'bin/sh'));
  symlinkSync('gawk', join(debian, 'usr/bin/awk'));
  const users = [
    ['root', 0],
    ['nobody', 65534],
  ];
  const etc: Record<string, string> = {
    passwd: users.map(([name, id]) => `${name}:x:${id}:${id}::/:/bin/bash\n`).join(''),
    group: users.map(([name, id]) => `${name}:x:${id}:\n`).join(''),
    'machine-id': `${'0'.repeat(31)}1\n`,
    fstab: '',
  };
  for (const [name, text] of Object.entries(etc)) writeFileSync(join(debian, 'etc', name), text);
  laySystemd(join(debian, 'etc/systemd/system'));
  for (const path of packagesOfDaemon()) cpSync(join(project, path), join(debian, path), { recursive: true });
}

function laySystemd(units: string): void {
  symlinkSync('/lib/systemd/system/multi-user.target', join(units, 'default.target'));
  for (const name of masked) {
    rmSync(join(units, name), { recursive: true, force: true });
    symlinkSync('/dev/null', join(units, name));
  }
  copyFileSync(join(guest, 'commands.service'), join(units, 'commands.service'));
  mkdirSync(join(units, 'sysinit.target.wants'), { recursive: true });
  symlinkSync('../commands.service', join(units, 'sysinit.target.wants/commands.service'));
}

function copyProgram(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o755);
}

/** What npm installs for the daemon on this machine, but Node itself, as paths below the project. */
function packagesOfDaemon(): string[] {
  const lock: { packages: Record<string, { dev?: boolean; cpu?: string[] }> } = JSON.parse(
    readFileSync(join(project, 'package-lock.json'), 'utf8'),
  );
  return Object.entries(lock.packages)
    .filter(([path, { dev, cpu = ['x64'] }]) => /^node_modules\//.test(path) && !dev && cpu.includes('x64'))
    .map(([path]) => path)
    .filter((path) => !/^node_modules\/node-linux-|\/node_modules\/.*\/node_modules\//.test(path));
}
