import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Image = AssembledImage | ArchivedImage;

/** A container image that was built elsewhere, in the form of `docker save`. */
export interface ArchivedImage {
  archivePath: string;
}

/** A container image, put together from files of this machine. */
export interface AssembledImage {
  /** Whole name, as `docker.io/library/busybox:1.36`. */
  name: string;
  /** Other whole names of it. */
  moreNames?: readonly string[];
  /** Path in the image → path on this machine. */
  files: Record<string, string>;
  /** Path in the image → what the symbolic link there says. */
  links?: Record<string, string>;
  /** Empty directories. */
  directories?: string[];
  entrypoint?: string[];
}

const busyboxPath = '/bin/busybox';

export function busyboxImage(name: string): AssembledImage {
  const applets = execFileSync(busyboxPath, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  const links = applets.filter((applet) => applet !== 'busybox').map((applet) => [`/bin/${applet}`, 'busybox']);
  return { name, files: { '/bin/busybox': busyboxPath }, links: Object.fromEntries(links), directories: ['/tmp'] };
}

/** What holds the namespaces of a pod: it has only to be there. */
export function pauseImage(name: string): AssembledImage {
  return { name, files: { '/bin/busybox': busyboxPath }, entrypoint: ['/bin/busybox', 'sleep', '2147483647'] };
}

/** Writes `image` in the form of `docker save`: a tar file with a manifest, a configuration and one layer. */
export function writeImage(image: Image, tarPath: string): void {
  if ('archivePath' in image) copyFileSync(image.archivePath, tarPath);
  else assemble(image, tarPath);
}

function assemble(image: AssembledImage, tarPath: string): void {
  const work = mkdtempSync(`${tarPath}-`);
  const layerPath = join(work, 'layer.tar');
  writeFiles(image, join(work, 'files'));
  tar(layerPath, join(work, 'files'), ['.']);
  const config = {
    os: 'linux',
    architecture: { x64: 'amd64', arm64: 'arm64' }[process.arch as string],
    config: { Entrypoint: image.entrypoint ?? [], Env: ['PATH=/usr/local/bin:/bin'] },
    rootfs: {
      type: 'layers',
      diff_ids: [`sha256:${createHash('sha256').update(readFileSync(layerPath)).digest('hex')}`],
    },
  };
  writeFileSync(join(work, 'config.json'), JSON.stringify(config));
  const manifest = [
    { Config: 'config.json', RepoTags: [image.name, ...(image.moreNames ?? [])], Layers: ['layer.tar'] },
  ];
  writeFileSync(join(work, 'manifest.json'), JSON.stringify(manifest));
  tar(tarPath, work, ['manifest.json', 'config.json', 'layer.tar']);
  rmSync(work, { recursive: true });
}

function writeFiles({ files, links = {}, directories = [] }: AssembledImage, root: string): void {
  mkdirSync(root);
  for (const directory of directories) mkdirSync(join(root, directory), { recursive: true });
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    copyFileSync(source, join(root, path));
  }
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root, path));
}

function tar(path: string, directory: string, members: string[]): void {
  execFileSync('tar', ['-C', directory, '--owner=0', '--group=0', '--numeric-owner', '-cf', path, ...members]);
}
