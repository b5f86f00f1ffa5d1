import { type ExecFileSyncOptions, execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readArchitectures } from '../../scripts/image/architectures.ts';
import { makeUnlessCurrent } from '../../scripts/stamped-file.ts';
import type { ArchivedImage } from '../control-plane/real/image.ts';

const project = resolve(import.meta.dirname, '../..');

/**
 * The first state of the main branch that has volumes, a trash they are restored from, a build of the image, and tests with Kafka. The one
 * before it lacks those tests.
 */
export const firstRelease = '30cc625b6ffe068de4523833de5fa92edd5e1bc8';

/** What its users have of a release. */
export interface EarlierRelease {
  /** Has its `manifests/` and `rbac/`. */
  folder: string;
  image: ArchivedImage;
}

/** Why a release cannot be built from the history of this clone, in sentences that say what to do. */
export function missingFromHistory(commit: string, repository = project): string[] {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: repository, encoding: 'utf8' });
  const { status, stderr } = git('cat-file', '-e', `${commit}^{commit}`);
  if (status === 0) return [];
  const shallow = git('rev-parse', '--is-shallow-repository').stdout.trim() === 'true';
  return [
    shallow
      ? `this clone is shallow and lacks commit ${commit}: run "git fetch --unshallow"`
      : `git does not find commit ${commit}: clone the repository with its history (${stderr.trim()})`,
  ];
}

/** Builds a release from its sources with the dependencies of its own lockfile, as its users did. It is built once. */
export async function earlierRelease(commit: string): Promise<EarlierRelease> {
  const folder = join(project, '.build/releases', commit);
  mkdirSync(folder, { recursive: true });
  unpack(commit, folder, 'manifests', 'rbac');
  const archivePath = join(folder, 'image.tar');
  await makeUnlessCurrent(archivePath, commit, (unfinishedPath) => buildImage(commit, unfinishedPath));
  return { folder, image: { archivePath } };
}

function buildImage(commit: string, path: string): void {
  const [architecture] = readArchitectures([]);
  const sources = mkdtempSync(join(tmpdir(), 'hostpath-provisioner-release-'));
  try {
    unpack(commit, sources);
    const options: ExecFileSyncOptions = { cwd: sources, stdio: ['ignore', 'ignore', 'inherit'] };
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], options);
    execFileSync(process.execPath, ['scripts/image/build.ts', architecture], options);
    copyFileSync(join(sources, `dist/hostpath-provisioner-${architecture}.tar`), path);
  } finally {
    rmSync(sources, { recursive: true, force: true });
  }
}

function unpack(commit: string, folder: string, ...paths: string[]): void {
  const archive = execFileSync('git', ['archive', commit, ...paths], { cwd: project, maxBuffer: 256 * 1024 * 1024 });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
}
