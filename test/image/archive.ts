import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Json } from '../support/api.ts';

export interface UnpackedImage {
  /** What `docker inspect` shows: architecture, entrypoint, labels and the like. */
  configuration: Json;
  /** Where its files lie, all layers on top of each other. */
  root: string;
  /** Files and links of its topmost layer, as absolute paths. */
  topmost: string[];
}

/** Unpacks an image in the form of `docker save` into an empty directory. */
export function unpackImage(archivePath: string, directory: string): UnpackedImage {
  tar('--extract', `--file=${archivePath}`, `--directory=${directory}`);
  const read = (file: string) => readFileSync(join(directory, file), 'utf8');
  const [{ Config, Layers }] = JSON.parse(read('manifest.json'));
  const root = join(directory, 'root');
  mkdirSync(root);
  for (const layer of Layers) tar('--extract', `--file=${join(directory, layer)}`, `--directory=${root}`);
  const names = tar('--list', `--file=${join(directory, Layers.at(-1))}`).split('\n');
  const topmost = names.filter((name) => name !== '' && !name.endsWith('/')).map((name) => join('/', name));
  return { configuration: JSON.parse(read(Config)), root, topmost };
}

function tar(...args: string[]): string {
  return execFileSync('tar', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What can be run in an image, by whatever name. Libraries may be executable too, and are left out. */
export function programsIn(root: string): string[] {
  return filesIn(root)
    .filter((path) => !/\.so(\.|$)/.test(path))
    .filter((path) => {
      const status = statSync(resolveIn(root, path));
      return status.isFile() && (status.mode & 0o111) !== 0;
    });
}

/** Paths of all files and links, as the image has them. */
export function filesIn(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join('/', relative(root, entry.parentPath), entry.name));
}

/** The file that a path in the image leads to, as a path of this machine. */
export function resolveIn(root: string, path: string): string {
  const here = join(root, path);
  return lstatSync(here).isSymbolicLink() ? resolveIn(root, resolve('/', dirname(path), readlinkSync(here))) : here;
}

export interface Binary {
  /** As the kernel of that machine must be. */
  machine: string;
  /** Names of the libraries that are loaded with it. */
  libraries: string[];
}

export function readBinary(path: string): Binary {
  const told = execFileSync('readelf', ['--wide', '--file-header', '--dynamic', path], { encoding: 'utf8' });
  const [, machine = ''] = /Machine:\s+(.+)/.exec(told) ?? [];
  return { machine, libraries: [...told.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name = '']) => name) };
}
