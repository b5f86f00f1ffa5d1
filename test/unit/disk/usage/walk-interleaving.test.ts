import { join } from 'node:path';
import { emptyDirSync } from 'fs-extra/esm';
import { afterEach, expect, test, vi } from 'vitest';
import { walk } from '../../../../src/disk/usage/walk.ts';
import { memory } from '../../../support/memory.ts';
import { others } from '../interleaved-calls.ts';
import { temporaryDirectory } from '../support.ts';

vi.mock('node:fs', async (importOriginal) => {
  const { interleaved } = await import('../interleaved-calls.ts'); // this is called before the imports above
  const original = await importOriginal<typeof import('node:fs')>();
  return interleaved(original, ['openSync', 'fstatSync', 'opendirSync', 'lstatSync']);
});

const real = await vi.importActual<typeof import('node:fs')>('node:fs');

afterEach(() => {
  others.turn = () => undefined;
});

const mebibyte = 1_048_576;
const names = ['a', 'b', 'data'];

/** A volume of a few empty files, beside a decoy that would be seen in any count that leads into it. */
function newVolume() {
  const parent = temporaryDirectory(memory);
  const volume = join(parent, 'volume');
  const decoy = join(parent, 'decoy');
  for (const name of ['a/b', 'b']) real.mkdirSync(join(volume, name), { recursive: true });
  for (const name of ['data', 'a/data', 'a/b/data']) real.writeFileSync(join(volume, name), '');
  real.mkdirSync(decoy);
  real.writeFileSync(join(decoy, 'large'), Buffer.alloc(mebibyte));
  return { volume, decoy };
}

/** Puts something else in the place of every entry of the volume's directory that is there. */
function replaceAll(volume: string, replacement: (path: string) => void): void {
  for (const name of names) {
    const path = join(volume, name);
    if (real.lstatSync(path, { throwIfNoEntry: false }) === undefined) continue;
    real.renameSync(path, join(volume, `${name}-away`));
    replacement(path);
  }
}

test.each<[string, (volume: string, decoy: string) => void]>([
  ['links to the decoy', (volume, decoy) => replaceAll(volume, (path) => real.symlinkSync(decoy, path))],
  ['files', (volume) => replaceAll(volume, (path) => real.writeFileSync(path, ''))],
  ['directories', (volume) => replaceAll(volume, (path) => real.mkdirSync(join(path, 'inner'), { recursive: true }))],
  ['nothing', (volume) => emptyDirSync(volume)],
])('a tenant who puts %s in the place of its entries, at whatever call, leads the walk nowhere', (_, attack) => {
  let isReached = true;
  let turn = 0;
  for (; isReached; turn++) {
    const { volume, decoy } = newVolume();
    let turns = 0;
    isReached = false;
    others.turn = () => {
      if (turns++ !== turn) return;
      isReached = true;
      attack(volume, decoy);
    };
    const { usedBytes } = walk(volume, () => undefined);
    others.turn = () => undefined;
    expect(usedBytes, `before call ${turn}`).toBeLessThan(mebibyte);
    expect(real.readdirSync(decoy)).toEqual(['large']);
  }
  expect(turn).toBeGreaterThan(15);
});
