import { tmpdir } from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';
import { syncAllBefore, syncDirectory } from '../../../../src/disk/base/directory-sync.ts';
import { calls } from '../../../../src/disk/calls.ts';
import { GroupCommit } from '../../../../src/disk/group-commit.ts';
import { temporaryDirectory } from '../support.ts';

afterEach(() => vi.restoreAllMocks());

test('one fsync serves all who ask for the same directory at the same time', async () => {
  const fsync = vi.spyOn(calls, 'fsync');
  const syncs = new GroupCommit(syncDirectory);
  await Promise.all(Array.from({ length: 50 }, () => syncs.join('base', tmpdir())));
  expect(fsync).toHaveBeenCalledTimes(1);
  await Promise.all(['base', 'volumes'].map((directory) => syncs.join(directory, tmpdir())));
  expect(fsync).toHaveBeenCalledTimes(3);
});

test('a barrier changes the directory before it fsyncs it, for all who ask at the same time', async () => {
  const path = temporaryDirectory();
  const fchmod = vi.spyOn(calls, 'fchmod');
  const fsync = vi.spyOn(calls, 'fsync');
  const barriers = new GroupCommit(syncAllBefore);
  await Promise.all(Array.from({ length: 50 }, () => barriers.join('base', path)));
  expect([fchmod, fsync].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  expect(fchmod.mock.invocationCallOrder[0]).toBeLessThan(fsync.mock.invocationCallOrder[0] ?? 0);
});
