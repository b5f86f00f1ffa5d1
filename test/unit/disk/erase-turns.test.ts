import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyDirSync, removeSync } from 'fs-extra/esm';
import { describe, expect, test } from 'vitest';
import type { Erasure } from '../../../src/disk/port.ts';
import { erase } from '../../../src/disk/trash/erase.ts';
import { memory } from '../../support/memory.ts';
import { until } from '../../support/until.ts';
import { isRoot, mount, neverOver, temporaryDirectory, treeOf } from './support.ts';

const directories = ['a/x/z', 'b', 'c'];
const files = ['1', 'a/2', 'a/x/3', 'a/x/z/4', 'b/5'];

/** Five directories, five files, and the volume's own directory. */
const entriesInAll = 11;

/** A volume in the trash, beside another one's and a decoy that nothing may touch. */
function newTrash() {
  const parent = temporaryDirectory(memory);
  const trash = join(parent, 'trash');
  const home = join(trash, 'pvc-1');
  const path = join(home, 'erasing');
  const volume = join(parent, 'volume');
  for (const root of [volume, join(trash, 'pvc-2', 'erasing'), join(parent, 'decoy')]) {
    for (const name of directories) mkdirSync(join(root, name), { recursive: true });
    for (const name of files) writeFileSync(join(root, name), 'precious');
  }
  mkdirSync(home);
  renameSync(volume, path);
  writeFileSync(join(home, 'record.json'), '{}');
  const job = { parent: trash, shownParent: trash, volume: 'pvc-1', hasRecord: true };
  const others = () => [treeOf(join(trash, 'pvc-2')), treeOf(join(parent, 'decoy'))];
  return { trash, home, path, job, others };
}

/** A turn that is over when this was asked so often. */
function overAfter(questions: number): () => boolean {
  let asked = 0;
  return () => asked++ >= questions;
}

describe('a turn that is over', () => {
  test('ends the walk before the next entry', () => {
    const { job, path } = newTrash();
    expect(erase(job, overAfter(0))).toEqual({ result: 'unfinished', entries: 0 });
    expect(readdirSync(path).sort()).toEqual(['1', 'a', 'b', 'c']);
  });

  test('after any number of entries leaves what the next one erases, and changes nothing else', () => {
    let erasure: Erasure = { result: 'unfinished', entries: 0 };
    for (let questions = 0; erasure.result === 'unfinished'; questions++) {
      const { job, trash, others } = newTrash();
      const before = others();
      erasure = erase(job, overAfter(questions));
      if (erasure.result === 'unfinished') {
        expect(readdirSync(join(trash, 'pvc-1'))).toContain('record.json');
        const rest = erase(job, neverOver);
        const entries = erasure.entries + (rest.result === 'erased' ? rest.entries : 0);
        expect({ ...rest, entries }, `over after ${questions}`).toEqual({ result: 'erased', entries: entriesInAll });
      }
      expect(readdirSync(trash)).toEqual(['pvc-2']);
      expect(others()).toEqual(before);
    }
    expect(erasure).toEqual({ result: 'erased', entries: entriesInAll });
  });

  test('turn after turn ends with everything erased', () => {
    const { job } = newTrash();
    const entries: number[] = [];
    let erasure = erase(job, overAfter(2));
    for (; erasure.result === 'unfinished'; erasure = erase(job, overAfter(2))) entries.push(erasure.entries);
    expect(erasure.result).toBe('erased');
    expect(entries.length).toBeGreaterThan(3);
  });
});

describe('a turn that is over where things were made in the trash', () => {
  /** What a process of the tenant, left behind, makes when the volume is in the trash already: at least a tick younger. */
  const makeYoung = (path: string, { home }: { home: string }) =>
    until('the clock of the file system has gone on', () => {
      mkdirSync(path);
      if (lstatSync(path).birthtimeMs > lstatSync(home).birthtimeMs) return true;
      rmdirSync(path);
      return false;
    });

  test('ends as left, says where, and the rest is erased another time', async () => {
    const made = newTrash();
    const { job, path, others } = made;
    const before = others();
    emptyDirSync(path);
    await makeYoung(join(path, 'young'), made);
    expect(erase(job, overAfter(1))).toEqual({
      result: 'left',
      entries: 0,
      problems: [expect.stringMatching(`^${path}/young: .*stop the process`)],
    });
    expect(erase(job, neverOver)).toEqual({ result: 'erased', entries: 2 });
    expect(others()).toEqual(before);
  });

  test('and was moved up is left as well', async () => {
    const made = newTrash();
    emptyDirSync(made.path);
    await makeYoung(join(made.home, '5e0c7d0a'), made);
    rmdirSync(made.path);
    expect(erase(made.job, overAfter(0))).toMatchObject({
      result: 'left',
      problems: [expect.stringMatching(/5e0c7d0a/)],
    });
  });

  test('is unfinished all the same as long as it is at older things', async () => {
    const made = newTrash();
    await makeYoung(join(made.path, 'b', 'young'), made);
    expect(erase(made.job, overAfter(0))).toEqual({ result: 'unfinished', entries: 0 });
  });

  test('is unfinished when only our own record is younger', async () => {
    const made = newTrash();
    await makeYoung(join(made.home, 'tick'), made);
    rmdirSync(join(made.home, 'tick'));
    writeFileSync(join(made.home, 'new-record'), '{}');
    renameSync(join(made.home, 'new-record'), join(made.home, 'record.json'));
    expect(erase(made.job, overAfter(0))).toEqual({ result: 'unfinished', entries: 0 });
  });
});

describe.skipIf(!isRoot)('a turn that is over after it met mounts', () => {
  const withMounts = (): ReturnType<typeof newTrash> => {
    const made = newTrash();
    for (const name of ['b', 'c']) mount('-t', 'tmpfs', 'tmpfs', join(made.path, name));
    return made;
  };

  test('ends as left when it removed nothing, for the next one would not get further', () => {
    const { job, path } = withMounts();
    for (const name of ['1', 'a']) removeSync(join(path, name));
    expect(erase(job, overAfter(2))).toMatchObject({ result: 'left', problems: [expect.stringMatching(/EBUSY/)] });
  });

  test('is unfinished when it got on, and the last turn says what is in the way', () => {
    const { job } = withMounts();
    expect(erase(job, overAfter(8)).result).toBe('unfinished');
    const left = erase(job, neverOver);
    expect(left.result === 'left' && left.problems).toHaveLength(2);
  });
});
