import { join, resolve } from 'node:path';
import type { Architecture } from './architectures.ts';

export const project = resolve(import.meta.dirname, '../..');

/** What the Dockerfile copies. */
export const bundlePath = join(project, 'dist/hostpath-provisioner.mjs');
export const launcherPath = join(project, 'scripts/image/hostpath-provisioner');
export const nodePath = (architecture: Architecture): string => join(project, 'dist/node', architecture, 'node');

/** The image, in the form of `docker save`. */
export const archivePath = (architecture: Architecture): string =>
  join(project, `dist/hostpath-provisioner-${architecture}.tar`);

/** What is kept from one build for the next. */
export const cachePath = join(project, '.build/image');
export const basePath = (architecture: Architecture): string => join(cachePath, `base-${architecture}.tar`);
