import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { licencesOf } from '../licences.ts';
import { makeUnlessCurrent } from '../stamped-file.ts';
import { type Architecture, npmNames } from './architectures.ts';
import { project } from './paths.ts';

/** A file of an npm package for one kind of machine. */
export interface NpmBinary {
  packageFolder: string;
  file: string;
  /** Permission bits, which packages do not agree on. */
  mode: number;
}

const licenceName = 'LICENSE';

/** Puts it, with its licence beside it, where the Dockerfile takes it from; which machine this is does not matter. */
export async function stageBinary(architecture: Architecture, binary: NpmBinary, path: string): Promise<void> {
  await makeUnlessCurrent(path, `${pinnedHash(binary)} and its licence`, (unfinishedPath) =>
    fetchBinary(architecture, binary, unfinishedPath),
  );
}

/** The hash that package-lock.json has of the package. */
export function pinnedHash({ packageFolder }: NpmBinary): string {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
  return packages[packageFolder].integrity;
}

/** Lets npm install for another machine than this one: it alone compares with the hash of package-lock.json. */
function fetchBinary(architecture: Architecture, { packageFolder, file, mode }: NpmBinary, path: string): void {
  const work = mkdtempSync(join(tmpdir(), 'hostpath-provisioner-binary-'));
  try {
    for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(project, name), join(work, name));
    const machine = ['--os=linux', `--cpu=${npmNames[architecture]}`];
    execFileSync('npm', ['ci', ...machine, '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: work,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    copyFileSync(join(work, packageFolder, file), path);
    chmodSync(path, mode);
    writeFileSync(join(dirname(path), licenceName), licencesOf([packageFolder], work));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
