import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { version } from '../image/name.ts';
import { project } from '../image/paths.ts';

/** What a release is made for. */
export interface Release {
  version: string;
  /** As GitHub has it: `owner/name`. */
  repository: string;
  /** When its commit was made, in seconds since 1970: all files of the release have this time. */
  commitTime: number;
}

/** Where the files of a release are put. */
export const releaseFolder = join(project, 'dist/release');

/** Stands for an owner in a release that is not published. */
const nobodysRepository = 'owner/hostpath-provisioner';

export function thisRelease(repository = nobodysRepository): Release {
  return { version, repository, commitTime: commitTime() };
}

export const ownerOf = ({ repository }: Release): string => repository.split('/')[0]?.toLowerCase() ?? '';

/** Names of a registry have lower-case letters only. */
export const registryOf = ({ repository }: Release): string => `ghcr.io/${repository.toLowerCase()}`;

/** Address of a file of the release. */
export const assetUrl = ({ repository, version: of }: Release, file: string): string =>
  `https://github.com/${repository}/releases/download/v${of}/${file}`;

export const tarballName = ({ version: of }: Release): string => `kubectl-hostpath_provisioner-${of}.tar.gz`;

/** 0 where there is no history, as in an unpacked archive of the sources. */
function commitTime(): number {
  try {
    return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: project, encoding: 'utf8' }));
  } catch {
    return 0;
  }
}
