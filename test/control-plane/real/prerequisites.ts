import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { chosenVersion } from './kubernetes-versions.ts';

/** The one program that holds every part of Kubernetes; the first argument names the part. */
export const kubernetesPath = (): string => chosenVersion().programPath;

/** CoreDNS with the plugins of the cluster's Corefile. */
export const corednsPath = resolve(import.meta.dirname, '../../../.build/coredns');

/** Where Debian puts programs, whatever PATH a user has. */
export const searchPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(
  delimiter,
);

export type Purpose = 'control plane' | 'node' | 'image';

/** What each purpose needs beside the Kubernetes program, with the Debian package that has it. */
const programs: Record<Purpose, Record<string, string>> = {
  'control plane': { etcd: 'etcd-server', openssl: 'openssl', setpriv: 'util-linux' },
  node: {
    containerd: 'containerd',
    ctr: 'containerd',
    runc: 'runc',
    '/usr/lib/cni/ptp': 'containernetworking-plugins',
    busybox: 'busybox-static',
    ip: 'iproute2',
    nft: 'nftables',
    mount: 'mount',
    findmnt: 'util-linux',
    ps: 'procps',
    unshare: 'util-linux',
    nsenter: 'util-linux',
  },
  image: { buildah: 'buildah', mmdebstrap: 'mmdebstrap', mmtarfilter: 'mmdebstrap' },
};

/** What each purpose needs of what the project builds. */
const ownPrograms: Record<Purpose, () => string[]> = {
  'control plane': () => [kubernetesPath()],
  node: () => [kubernetesPath(), corednsPath],
  image: () => [],
};

/** What is missing for `purpose`, in sentences that say how to get it; none when all is there. */
export function missingFor(purpose: Purpose): string[] {
  return [
    ...(purpose !== 'control plane' && process.getuid?.() !== 0 ? ['it needs root'] : []),
    ...missingPrograms(purpose),
    ...notBuilt(ownPrograms[purpose]()),
  ];
}

/** Of what `cluster:build` makes: a sentence for each program that is not there. */
export function notBuilt(paths: readonly string[], asked = process.env.KUBERNETES_VERSION): string[] {
  const command = `${asked === undefined ? '' : `KUBERNETES_VERSION=${asked} `}npm run cluster:build`;
  return paths.filter((path) => !existsSync(path)).map((path) => `${path} is missing: run "${command}"`);
}

export function missingPrograms(purpose: Purpose): string[] {
  return notInstalled(purpose === 'node' ? { ...programs['control plane'], ...programs.node } : programs[purpose]);
}

/** Of programs, each with the Debian package that has it: a sentence that says what to install, unless all are there. */
export function notInstalled(wanted: Record<string, string>): string[] {
  const missing = Object.entries(wanted).filter(([program]) => !isThere(program));
  if (missing.length === 0) return [];
  const packages = [...new Set(missing.map(([, debianPackage]) => debianPackage))];
  const names = missing.map(([program]) => program).join(', ');
  return [`not installed: ${names}; run "apt-get install ${packages.join(' ')}"`];
}

/** @throws {Error} that says what is missing and how to get it */
export function requirePrograms(purpose: Purpose): void {
  const missing = missingFor(purpose);
  if (missing.length > 0) throw new Error(`the real ${purpose} cannot start: ${missing.join('; ')}`);
}

function isThere(program: string): boolean {
  const paths = program.startsWith('/')
    ? [program]
    : searchPath.split(delimiter).map((directory) => join(directory, program));
  return paths.some(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
