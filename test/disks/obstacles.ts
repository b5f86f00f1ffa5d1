import { spawnSync } from 'node:child_process';
import { withoutLinuxAndRoot } from '../support/describe-unless.ts';

/** What the suite runs beside the daemon, and the Debian package that has it. */
const programs = {
  losetup: 'mount',
  setpriv: 'util-linux',
  'mkfs.ext4': 'e2fsprogs',
  'mkfs.xfs': 'xfsprogs',
  'mkfs.btrfs': 'btrfs-progs',
  'mkfs.exfat': 'exfatprogs',
  'mount.exfat-fuse': 'exfat-fuse',
  bindfs: 'bindfs',
  'qemu-system-x86_64': 'qemu-system-x86',
  mmdebstrap: 'mmdebstrap',
  busybox: 'busybox-static',
};

/** What keeps the suite from running here. */
export function obstacles(): string[] {
  const missing = Object.entries(programs).filter(([name]) => spawnSync('which', [name]).status !== 0);
  return [...withoutLinuxAndRoot(), ...missing.map(([name, debianPackage]) => `${name} is missing (${debianPackage})`)];
}
