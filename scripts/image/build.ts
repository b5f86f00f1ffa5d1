/**
 * `npm run image:build [-- ARCHITECTURE...]`: builds the image with buildah, out of Debian's packages, without a registry,
 * into dist/hostpath-provisioner-ARCHITECTURE.tar. Default: for this machine. Needs Debian and root.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { missingFor } from '../../test/control-plane/real/prerequisites.ts';
import { licenceFiles } from '../licences.ts';
import { makeUnlessCurrent } from '../stamped-file.ts';
import { type Architecture, readArchitectures } from './architectures.ts';
import { makeBase } from './base.ts';
import { buildImage } from './buildah.ts';
import { stageDaemon } from './daemon-files.ts';
import { pinnedKoffi, stageKoffi } from './koffi-binary.ts';
import { version } from './name.ts';
import { pinned, stageNode } from './node-binary.ts';
import { archivePath, basePath, bundlePath, launcherPath, licencesPath, project } from './paths.ts';

async function main(): Promise<void> {
  const architectures = readArchitectures(process.argv.slice(2));
  const missing = missingFor('image');
  if (missing.length > 0) throw new Error(`the image cannot be built: ${missing.join('; ')}`);
  await stageDaemon();
  for (const architecture of architectures) await buildArchive(architecture);
}

async function buildArchive(architecture: Architecture): Promise<void> {
  const startedAt = performance.now();
  await stageNode(architecture);
  await stageKoffi(architecture);
  await makeBase(architecture);
  const path = archivePath(architecture);
  const labels = { VERSION: version, REVISION: revision() };
  const built = await makeUnlessCurrent(path, stampOf(architecture, labels), (unfinishedPath) =>
    buildImage(architecture, labels, unfinishedPath),
  );
  const size = `${(statSync(path).size / 2 ** 20).toFixed(1)} MiB`;
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${relative(process.cwd(), path)}, ${size}: ${built ? `built in ${seconds} s` : 'is current'}`);
}

/** Changes whenever the image would. */
function stampOf(architecture: Architecture, labels: Record<string, string>): string {
  const hash = createHash('sha256').update(
    JSON.stringify([architecture, labels, pinned(architecture), pinnedKoffi(architecture)]),
  );
  const recipes = ['Dockerfile', '.dockerignore', 'scripts/image/base.Dockerfile', 'scripts/image/buildah.ts'];
  const staged = [
    basePath(architecture),
    bundlePath,
    launcherPath,
    ...licenceFiles.map((file) => join(licencesPath, file)),
  ];
  const paths = [...recipes.map((file) => join(project, file)), ...staged];
  for (const path of paths) hash.update(readFileSync(path));
  return hash.digest('hex');
}

/** The commit that is checked out; empty where there is no repository, as in an unpacked archive of the sources. */
function revision(): string {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: project, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : '';
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
