import { tmpdir } from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';
import { DirectorySync } from '../../../../src/disk/base/directory-sync.ts';
import { calls } from '../../../../src/disk/calls.ts';
import { systemError } from '../faults.ts';

afterEach(() => vi.restoreAllMocks());

test('one fsync serves all who ask for the same directory at the same time', async () => {
  const fsync = vi.spyOn(calls, 'fsync');
  const syncs = new DirectorySync();
  await Promise.all(Array.from({ length: 50 }, () => syncs.sync('base', tmpdir())));
  expect(fsync).toHaveBeenCalledTimes(1);
  await Promise.all(['base', 'volumes'].map((directory) => syncs.sync(directory, tmpdir())));
  expect(fsync).toHaveBeenCalledTimes(3);
});

test('an fsync that fails is told to all who share it', async () => {
  vi.spyOn(calls, 'fsync').mockRejectedValue(systemError('EIO', 'fsync'));
  const syncs = new DirectorySync();
  const both = [syncs.sync('base', tmpdir()), syncs.sync('base', tmpdir())];
  for (const sync of both) await expect(sync).rejects.toThrow('EIO');
});
