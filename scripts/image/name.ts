import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { project } from './paths.ts';

/** As package.json has it. */
export const version: string = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')).version;

/** The name that the shipped manifests give the image. Each version has its own, so that applying a new one replaces the pods. */
export const imageName = `hostpath-provisioner:${version}`;
