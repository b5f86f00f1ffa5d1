import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { project } from './image/paths.ts';

const folders = ['manifests', 'overlays', 'charts', 'docs'];

/** The image's name with its tag, and a chart's two versions. */
const ofImage = /\bhostpath-provisioner:(?:latest|\d+\.\d+\.\d+[\w.-]*)/g;
const ofChart = /^(version|appVersion): .*$/gm;

/** Files that may tell the version beside package.json, as paths in the project. */
export function placesOfVersion(): string[] {
  const inFolders = folders.flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  return ['README.md', ...inFolders].filter((path) => /\.(md|yaml)$/.test(path));
}

/** A file's text with this version in place of the one that it tells. */
export function withVersion(text: string, version: string): string {
  return text.replace(ofImage, `hostpath-provisioner:${version}`).replace(ofChart, `$1: ${version}`);
}
