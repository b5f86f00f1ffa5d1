import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as base } from 'vitest';
import { checksumsName } from '../../scripts/release/checksums.ts';
import { releaseFolder } from '../../scripts/release/release.ts';
import { notInstalled } from '../control-plane/real/prerequisites.ts';
import { helmPath } from '../install/programs.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const obstacles = [
  ...(existsSync(join(releaseFolder, checksumsName)) ? [] : ['there are no files: run "npm run release:dry"']),
  ...notInstalled({ sha256sum: 'coreutils' }),
  ...(existsSync(helmPath) ? [] : [`${helmPath} is missing: run "npm run helm:build"`]),
  ...(hasGo() ? [] : ['go is not in the PATH: install it from https://go.dev/dl']),
];

/** Groups tests of the files that `npm run release:dry` has made; they are skipped where there are none. */
export const describeRelease = describeUnless('release', obstacles);

/** A test with these files, and a folder of its own. */
export const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('release', { scope: 'file' }, ({}) => new ReleaseFiles(releaseFolder))
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('work', async ({}, { onCleanup }) => {
    const directory = await temporaryDirectory();
    onCleanup(() => directory[Symbol.asyncDispose]());
    return directory.path;
  });

export class ReleaseFiles {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** Unpacks a compressed tar file into a folder. */
  unpack(name: string, into: string): void {
    mkdirSync(into, { recursive: true });
    execFileSync('tar', ['-xzf', this.path(name), '-C', into]);
  }
}

function hasGo(): boolean {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
