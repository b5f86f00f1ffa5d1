import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pinned } from '../../scripts/image/node-binary.ts';
import { project } from '../../scripts/image/paths.ts';
import { makeUnlessCurrent } from '../../scripts/stamped-file.ts';
import { copyKernel, copyModules, diskModules, pack, unpackDebian } from '../machine/guest-image.ts';

const cache = join(project, '.build/selinux');
const guest = join(import.meta.dirname, 'guest');

const ofPolicy = ['container-policy.sh', 'node.cil'];

/** Linux, and the root file system that it begins with: Debian's policy and tools, and a container with the pinned Node in it. */
export const guestPaths = { kernel: join(cache, 'vmlinuz'), root: join(cache, 'root.cpio') };

const packages = [
  'linux-image-cloud-amd64',
  'busybox-static',
  'coreutils', // chcon, and an ls that shows labels
  'util-linux', // setpriv
  'libstdc++6', // for Node
  'policycoreutils',
  'selinux-policy-default',
  // To compile the one module of the policy that Debian has in source alone:
  'selinux-policy-src',
  'selinux-policy-dev',
  'checkpolicy',
  'semodule-utils',
  ...['make', 'm4', 'gawk', 'dash', 'grep', 'sed', 'findutils', 'tar', 'zstd', 'bzip2'],
];

const modules = [...diskModules, 'net/core/failover', 'drivers/net/net_failover', 'drivers/net/virtio_net'];

/** Makes both, unless they are there and current: a minute and a half, from Debian's packages. Needs root. */
export async function makeGuest(): Promise<void> {
  const hash = createHash('sha256').update(pinned('amd64'));
  const recipe = [import.meta.filename, ...ofPolicy.map((file) => join(guest, file))];
  for (const path of recipe) hash.update(readFileSync(path));
  await makeUnlessCurrent(guestPaths.root, hash.digest('hex'), (unfinishedPath) => build(unfinishedPath));
}

function build(rootPath: string): void {
  const debian = join(cache, 'debian');
  const root = join(cache, 'root');
  try {
    rmSync(root, { recursive: true, force: true });
    unpackDebian(packages, debian);
    compilePolicy(debian);
    copyKernel(debian, guestPaths.kernel);
    layRoot(debian, root);
    pack(root, rootPath);
  } finally {
    for (const path of [debian, root]) rmSync(path, { recursive: true, force: true });
  }
}

/** The whole of Debian's policy, with the module of containers. */
function compilePolicy(debian: string): void {
  for (const file of ofPolicy) copyFileSync(join(guest, file), join(debian, file));
  symlinkSync('gawk', join(debian, 'usr/bin/awk'));
  writeFileSync(join(debian, 'etc/selinux/config'), 'SELINUX=enforcing\nSELINUXTYPE=default\n');
  execFileSync('chroot', [debian, '/bin/sh', '/container-policy.sh'], { stdio: ['ignore', 'pipe', 'pipe'] });
}

function layRoot(debian: string, root: string): void {
  const copy = (paths: string[], to = '') => {
    for (const path of paths) {
      mkdirSync(dirname(join(root, to, path)), { recursive: true });
      cpSync(join(debian, path), join(root, to, path), { recursive: true, dereference: true });
    }
  };
  const ofNode = ['bin/busybox', 'bin/ls', 'sbin/load_policy', 'usr/bin/chcon'];
  const ofContainer = ['bin/busybox', 'bin/node', 'usr/bin/setpriv'];
  copy([...ofNode, ...librariesOf(debian, ofNode), 'etc/selinux/config', 'etc/selinux/default']);
  copy([...ofContainer, ...librariesOf(debian, ofContainer)], 'container');
  copyModules(debian, modules, root);
  for (const path of ['proc', 'sys', 'dev', 'tmp', 'container/tmp']) mkdirSync(join(root, path), { recursive: true });
}

/** What the loader would load for these programs, itself included. */
function librariesOf(debian: string, programs: readonly string[]): string[] {
  const list = (program: string): string => {
    const command = [debian, '/lib64/ld-linux-x86-64.so.2', '--list', `/${program}`];
    return execFileSync('chroot', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  };
  const dynamic = programs.filter((program) => program !== 'bin/busybox');
  const found = dynamic.flatMap((program) => list(program).match(/(?<=\s)\/\S+/g) ?? []);
  return [...new Set(found)].map((path) => path.slice(1));
}
