import { join, resolve } from 'node:path';
import type { Architecture } from './architectures.ts';

export const project = resolve(import.meta.dirname, '../..');

/** What the Dockerfile copies. */
export const bundlePath = join(project, 'dist/hostpath-provisioner.mjs');
/** Licences of the daemon and of what is bundled with it. */
export const licencesPath = join(project, 'dist/licences');
export const launcherPath = join(project, 'scripts/image/hostpath-provisioner');
export const nodePath = (architecture: Architecture): string => join(project, 'dist/node', architecture, 'node');
export const koffiPath = (architecture: Architecture): string =>
  join(project, 'dist/koffi', architecture, 'koffi.node');

/** The image, in the form of `docker save`. */
export const archivePath = (architecture: Architecture): string =>
  join(project, `dist/hostpath-provisioner-${architecture}.tar`);

/** What is kept from one build for the next. */
export const cachePath = join(project, '.build/image');
export const basePath = (architecture: Architecture): string => join(cachePath, `base-${architecture}.tar`);
