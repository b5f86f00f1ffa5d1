import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A version of Kubernetes that the real control plane can be. */
export interface KubernetesVersion {
  /** As KUBERNETES_VERSION names it, such as `1.33`. */
  minor: string;
  /** Such as `v1.33.13`. */
  release: string;
  /** Path of the Go module file that requires it. */
  moduleFile: string;
  /** The one program that holds every part of this Kubernetes; the first argument names the part. */
  programPath: string;
}

const builds = resolve(import.meta.dirname, '../../../.build');

/** All that there are, oldest first: `go.mod` requires the one that is taken by default, each `kubernetes-*.mod` another. */
export function kubernetesVersions(folder = import.meta.dirname): KubernetesVersion[] {
  const others = readdirSync(folder).filter((file) => /^kubernetes-.*\.mod$/.test(file));
  const versions = ['go.mod', ...others].map((file) => readModuleFile(folder, file));
  return versions.sort((a, b) => a.minor.localeCompare(b.minor, 'en', { numeric: true }));
}

/**
 * The one that the environment variable KUBERNETES_VERSION names, or that of `go.mod`.
 * @throws {Error} that names those that there are
 */
export function chosenVersion(asked = process.env.KUBERNETES_VERSION): KubernetesVersion {
  const versions = kubernetesVersions();
  const chosen = versions.find(({ minor, moduleFile }) =>
    asked === undefined ? moduleFile.endsWith('/go.mod') : minor === asked,
  );
  if (chosen !== undefined) return chosen;
  throw new Error(`KUBERNETES_VERSION is "${asked}": use one of ${versions.map(({ minor }) => minor).join(', ')}`);
}

function readModuleFile(folder: string, file: string): KubernetesVersion {
  const moduleFile = join(folder, file);
  const required = /^\s*k8s\.io\/kubernetes (v(\d+\.\d+)\.\d+)$/m.exec(readFileSync(moduleFile, 'utf8'));
  const [, release, minor] = required ?? [];
  if (release === undefined || minor === undefined) throw new Error(`${moduleFile} requires no k8s.io/kubernetes`);
  const program = file === 'go.mod' ? 'kubernetes' : `kubernetes-${minor}`;
  if (file !== 'go.mod' && file !== `${program}.mod`) throw new Error(`${moduleFile} requires ${release}`);
  return { minor, release, moduleFile, programPath: join(builds, program) };
}
