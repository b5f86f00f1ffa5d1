import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeUnlessCurrent } from '../stamped-file.ts';
import { type Architecture, npmNames } from './architectures.ts';
import { nodePath, project } from './paths.ts';

/** Puts the pinned Node of an architecture where the Dockerfile takes it from; which machine this is does not matter. */
export async function stageNode(architecture: Architecture): Promise<void> {
  await makeUnlessCurrent(nodePath(architecture), pinned(architecture), (unfinishedPath) =>
    fetchNode(architecture, unfinishedPath),
  );
}

const packageFolder = (architecture: Architecture): string => `node_modules/node-linux-${npmNames[architecture]}`;

/** The hash that package-lock.json has of the package. */
export function pinned(architecture: Architecture): string {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
  return packages[packageFolder(architecture)].integrity;
}

/** Lets npm install for another machine than this one: it alone compares with the hash of package-lock.json. */
function fetchNode(architecture: Architecture, path: string): void {
  const work = mkdtempSync(join(tmpdir(), 'hostpath-provisioner-node-'));
  try {
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(project, file), join(work, file));
    const machine = ['--os=linux', `--cpu=${npmNames[architecture]}`];
    execFileSync('npm', ['ci', ...machine, '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: work,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    copyFileSync(join(work, packageFolder(architecture), 'bin/node'), path);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
