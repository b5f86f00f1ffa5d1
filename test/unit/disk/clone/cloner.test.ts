import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { CloneJob } from '../../../../src/disk/clone/clone.ts';
import { Cloner } from '../../../../src/disk/clone/cloner.ts';
import { newProgress, readProgress } from '../../../../src/disk/clone/progress-memory.ts';
import { StorageError } from '../../../../src/disk/port.ts';
import { memory } from '../../../support/memory.ts';
import { until } from '../../../support/until.ts';
import { reasonOf, temporaryDirectory } from '../support.ts';
import { opened } from './support.ts';

/** A source with some entries, and jobs that copy it. */
function newCloner(entries = 1) {
  const cloner = new Cloner();
  onTestFinished(() => cloner.close());
  const place = temporaryDirectory(memory);
  const source = join(place, 'source');
  mkdirSync(source);
  for (let entry = 0; entry < entries; entry++) mkdirSync(join(source, String(entry)));
  const job = (volume: string): CloneJob => {
    mkdirSync(join(place, volume));
    const [from, target, parent] = [source, join(place, volume), place].map(opened) as [number, number, number];
    return {
      source: from,
      shownSource: source,
      target,
      parent,
      volume,
      limit: undefined,
      mayShare: true,
      progress: newProgress(),
    };
  };
  return { cloner, job, source, place };
}

const notOpen = 1_000_000;

const copied = { result: 'copied', skipped: 0 };
const aborted = { result: 'aborted' };

test('copies one after another, and answers each its own', async () => {
  const { cloner, job, source } = newCloner();
  execFileSync('mkfifo', [join(source, 'pipe')]);
  const jobs = ['a', 'b', 'c'].map(job);
  const entries = () => jobs.map(({ progress }) => readProgress(progress).entries);
  const ends = jobs.map((each) => cloner.clone(each));
  expect(entries()).toEqual([0, 0, 0]);
  expect(await Promise.all(ends)).toEqual(Array(3).fill({ result: 'copied', skipped: 1 }));
  expect(entries()).toEqual([1, 1, 1]);
});

test('aborts the copy of one volume, whether it runs or waits, and no other one', async () => {
  const { cloner, job } = newCloner(20_000);
  const ends = ['a', 'b', 'c'].map((volume) => cloner.clone(job(volume)));
  cloner.abort('b');
  cloner.abort('unknown');
  expect(await ends[1]).toEqual(aborted);
  cloner.abort('a');
  expect(await Promise.all(ends)).toEqual([aborted, aborted, copied]);
});

test('says that the thread died, and starts a new one for the next, which did nothing wrong', async () => {
  const { cloner, job } = newCloner();
  const lost = cloner.clone({ ...job('a'), source: notOpen });
  const next = cloner.clone(job('b'));
  await expect(lost).rejects.toMatchObject({ reason: 'StorageFailed', message: expect.stringMatching(/died/) });
  expect(await next).toEqual(copied);
});

test('ends all copies when it is closed, leaves nothing open, and takes no more', async () => {
  const { cloner, job } = newCloner(20_000);
  const [running, next] = [job('a'), job('b')];
  const open = readdirSync('/proc/self/fd').length;
  const ends = [cloner.clone(running), reasonOf(cloner.clone(next))];
  await until('the first one copies', () => readProgress(running.progress).entries > 0);
  await cloner.close();
  expect(await Promise.all(ends)).toEqual([{ result: 'aborted' }, 'StorageFailed']);
  expect(readdirSync('/proc/self/fd')).toHaveLength(open);
  await expect(cloner.clone(job('c'))).rejects.toBeInstanceOf(StorageError);
});

test('says what could not be copied, and why', async () => {
  const { cloner, job, source } = newCloner();
  const end = await cloner.clone({ ...job('a'), target: notOpen });
  expect(end).toMatchObject({
    result: 'failed',
    message: expect.stringMatching(`^Cannot copy ${source}/.* to volume a: `),
  });
});
