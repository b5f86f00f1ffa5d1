import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type CopyCalls, copyCalls } from '../../../../src/disk/clone/copy-calls.ts';
import { type Copied, type CopyOptions, copyTree } from '../../../../src/disk/clone/copy-tree.ts';
import { systemError } from '../faults.ts';
import { temporaryDirectory } from '../support.ts';

/** A volume, an empty directory for its copy, and a decoy that nothing of may come into the copy. */
export function newPair(where?: string) {
  const parent = temporaryDirectory(where);
  const [source, target, decoy] = ['source', 'target', 'decoy'].map((name) => join(parent, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [source, target, decoy]) mkdirSync(path);
  return { source, target, decoy };
}

export function opened(path: string): number {
  const descriptor = openSync(path, 'r');
  onTestFinished(() => closeSync(descriptor));
  return descriptor;
}

/** Copies without being aborted. */
export function copy(
  { source, target }: { source: string; target: string },
  options: Partial<CopyOptions> = {},
): Copied {
  const unheard = { isAborted: () => false, onProgress: () => undefined, mayShare: true };
  return copyTree(opened(source), opened(target), { ...unheard, ...options });
}

/** The calls of a kernel or a file system that lacks some: they fail with a code. */
export function callsWithout(lacking: Partial<Record<keyof CopyCalls, Parameters<typeof systemError>[0]>>): CopyCalls {
  const failing = Object.entries(lacking).map(([name, code]) => {
    const fail = () => {
      throw systemError(code, name);
    };
    return [name, fail];
  });
  return { ...copyCalls, ...Object.fromEntries(failing) };
}
