import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { calls } from '../../../src/storage/calls.ts';
import { DirectorySync } from '../../../src/storage/directory-sync.ts';
import { systemError } from './faults.ts';

/** The fsyncs that run; each ends when the test says so. */
let running: PromiseWithResolvers<void>[] = [];

beforeEach(() => {
  running = [];
  vi.spyOn(calls, 'fsync').mockImplementation(() => {
    const run = Promise.withResolvers<void>();
    running.push(run);
    return run.promise;
  });
});

afterEach(() => vi.restoreAllMocks());

const fsyncs = (count: number) => vi.waitFor(() => expect(running).toHaveLength(count));

test('everybody who comes while an fsync runs shares the next one', async () => {
  const syncs = new DirectorySync();
  const first = syncs.sync('base', tmpdir());
  await fsyncs(1);
  const late = Array.from({ length: 50 }, () => syncs.sync('base', tmpdir()));
  let lateAreDone = false;
  void Promise.all(late).then(() => {
    lateAreDone = true;
  });
  running[0]?.resolve();
  await first;
  await fsyncs(2);
  expect(lateAreDone).toBe(false);
  running[1]?.resolve();
  await Promise.all(late);
  expect(running).toHaveLength(2);
});

test('the next one runs although the one before failed, and only those who shared it fail', async () => {
  const syncs = new DirectorySync();
  const first = syncs.sync('base', tmpdir());
  await fsyncs(1);
  const second = syncs.sync('base', tmpdir());
  running[0]?.reject(systemError('EIO', 'fsync'));
  await expect(first).rejects.toThrow('EIO');
  await fsyncs(2);
  running[1]?.resolve();
  await second;
});

test('different directories do not wait for each other', async () => {
  const syncs = new DirectorySync();
  const both = [syncs.sync('base', tmpdir()), syncs.sync('volumes', tmpdir())];
  await fsyncs(2);
  for (const run of running) run.resolve();
  await Promise.all(both);
});

test('a directory that nobody waits for any more is forgotten', async () => {
  const syncs = new DirectorySync();
  for (let count = 1; count <= 3; count++) {
    const alone = syncs.sync('base', tmpdir());
    await fsyncs(count);
    running[count - 1]?.resolve();
    await alone;
  }
});
