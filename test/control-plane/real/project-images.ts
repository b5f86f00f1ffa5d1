import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { busyboxImage, type Image, nodeImage } from './image.ts';

const project = resolve(import.meta.dirname, '../../..');

/** The images that the shipped manifests name, with the daemon as its sources are now. */
export function projectImages(): Image[] {
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] });
  return [
    busyboxImage('docker.io/library/busybox:1.36'),
    nodeImage('docker.io/library/hostpath-provisioner:latest', join(project, 'dist/hostpath-provisioner.mjs')),
  ];
}
