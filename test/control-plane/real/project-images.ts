import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { readArchitectures } from '../../../scripts/image/architectures.ts';
import { archivePath } from '../../../scripts/image/paths.ts';
import { busyboxImage, type Image } from './image.ts';

const project = resolve(import.meta.dirname, '../../..');

/** The images that the shipped manifests name, with the daemon as its sources are now. */
export function projectImages(): Image[] {
  const [architecture] = readArchitectures([]);
  execFileSync(process.execPath, ['scripts/image/build.ts', architecture], {
    cwd: project,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return [busyboxImage('docker.io/library/busybox:1.36'), { archivePath: archivePath(architecture) }];
}
