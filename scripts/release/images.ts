import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { bundleDaemon } from '../bundle.ts';
import { noteBundledPackages } from '../bundled-packages.ts';
import { type Architecture, architectures, npmNames } from '../image/architectures.ts';
import { packageNotes } from '../image/debian.ts';
import { archivePath, basePath, bundlePath, project } from '../image/paths.ts';
import type { Release } from './release.ts';
import { type DebianPackage, putSbom } from './sbom.ts';

/** Builds the image for each architecture, and puts it into a folder with what it is made of, and what their common part is made of. */
export async function putImages(release: Release, work: string, into: string): Promise<void> {
  const build = [join(project, 'scripts/image/build.ts'), ...architectures];
  execFileSync(process.execPath, build, { stdio: ['ignore', 'ignore', 'inherit'] });
  const bundled = await bundledPackages(work);
  for (const architecture of architectures) {
    const name = `hostpath-provisioner-image-${release.version}-${architecture}`;
    await pipeline(
      createReadStream(archivePath(architecture)),
      createGzip(),
      createWriteStream(join(into, `${name}.tar.gz`)),
    );
    const npm = new Set([...bundled, ...binariesOf(architecture)]);
    putSbom({ of: name, npm, debian: debianPackagesOf(architecture) }, release, into);
  }
  const common = new Set([...bundled, ...architectures.flatMap(binariesOf)]);
  putSbom({ of: `hostpath-provisioner-${release.version}`, npm: common }, release, into);
}

/** Bundles the daemon once more. @throws {Error} if that is not the bundle that the images have */
async function bundledPackages(work: string): Promise<Set<string>> {
  const found = new Set<string>();
  const outfile = join(work, 'bundle/hostpath-provisioner.mjs');
  await bundleDaemon({ outfile, plugins: [noteBundledPackages(found)] });
  if (!readFileSync(outfile).equals(readFileSync(bundlePath))) {
    throw new Error('the sources changed while the release was made: run the command again');
  }
  return found;
}

/** The npm packages that bring Node and koffi; see scripts/image/. */
const binariesOf = (architecture: Architecture): string[] =>
  [`node-linux-${npmNames[architecture]}`, `@koromix/koffi-linux-${npmNames[architecture]}`].map(
    (name) => `node_modules/${name}`,
  );

function debianPackagesOf(architecture: Architecture): DebianPackage[] {
  const notes = ['--extract', '--to-stdout', `--file=${basePath(architecture)}`, '--wildcards', `.${packageNotes}/*`];
  const text = execFileSync('tar', notes, { encoding: 'utf8' });
  const fields = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}: (.*)$`, 'gm'))].map(([, value = '']) => value);
  const versions = fields('Version');
  return fields('Package').map((name, index) => ({ name, version: versions[index] ?? '', architecture }));
}
