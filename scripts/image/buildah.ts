import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './architectures.ts';
import { imageName } from './name.ts';
import { cachePath, project } from './paths.ts';

/** The name of the shipped manifests, in full. */
const wholeName = `docker.io/library/${imageName}`;
const baseName = 'localhost/hostpath-provisioner-base';

/** Builds the Dockerfile on the base of `base.ts`, and writes the image in the form of `docker save`. */
export function buildImage(architecture: Architecture, labels: Record<string, string>, archivePath: string): void {
  const work = join(cachePath, 'buildah'); // a store of its own: that of the machine stays as it is
  const store = [`--root=${work}/storage`, `--runroot=${work}/run`, '--storage-driver=vfs'];
  const buildah = (...args: string[]) =>
    execFileSync('buildah', [...store, ...args], {
      cwd: project,
      env: { ...process.env, TMPDIR: work },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const build = (name: string, file: string, context: string, values: Record<string, string>) => {
    const given = Object.entries(values).map(([key, value]) => `--build-arg=${key}=${value}`);
    const how = ['--isolation=chroot', '--pull-never', `--platform=linux/${architecture}`];
    buildah('build', ...how, ...given, `--tag=${name}`, `--file=${file}`, context);
  };
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    build(baseName, join(project, 'scripts/image/base.Dockerfile'), cachePath, {});
    build(wholeName, join(project, 'Dockerfile'), project, { BASE: baseName, ...labels });
    buildah('push', wholeName, `docker-archive:${archivePath}:${wholeName}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
