import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { StorageError } from '../../../../src/disk/port.ts';
import { UsageCounter } from '../../../../src/disk/usage/usage-counter.ts';
import { memory } from '../../../support/memory.ts';
import { until } from '../../../support/until.ts';
import { anybody, newStorage, reasonOf, recordOf, refusalOf, temporaryDirectory, volume } from '../support.ts';

function newCounter() {
  const counter = new UsageCounter();
  onTestFinished(() => counter.close());
  return counter;
}

/** A directory whose count takes a second at the least, as the thread pauses. */
function largeDirectory(): string {
  const path = temporaryDirectory(memory);
  for (let entry = 0; entry < 20_000; entry++) symlinkSync('x', join(path, String(entry)));
  return path;
}

/** Whether a descriptor of this process leads to the directory. */
const isOpen = (path: string): boolean =>
  readdirSync('/proc/self/fd').some((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === path;
    } catch {
      return false;
    }
  });

test('counts a directory in another thread', async () => {
  const path = temporaryDirectory(memory);
  for (const name of ['a', 'b']) mkdirSync(join(path, name));
  expect(await newCounter().count({ path, shown: path })).toEqual({ usedBytes: 0, inodes: 3 });
});

test('says which directory could not be counted, and why', async () => {
  const counter = newCounter();
  const error = await refusalOf(counter.count({ path: '/nowhere/at/all', shown: '/mnt/disk/pvc-1' }));
  expect(error).toMatchObject({
    reason: 'StorageFailed',
    message: expect.stringMatching(/count what \/mnt\/disk\/pvc-1 uses: no such file or directory \(ENOENT/),
  });
});

test('stops in the midst when nobody asks any more, closes the directory, and counts the next one', async () => {
  const counter = newCounter();
  const path = largeDirectory();
  const stop = new AbortController();
  const counting = reasonOf(counter.count({ path, shown: path }, stop.signal));
  await until('the thread walks', () => isOpen(path));
  stop.abort();
  expect(await counting).toBe('StorageFailed');
  await until('the directory is closed', () => !isOpen(path));
  const small = temporaryDirectory(memory);
  expect(await counter.count({ path: small, shown: small })).toEqual({ usedBytes: 0, inodes: 1 });
});

test('a signal that comes after the count stops no other one', async () => {
  const counter = newCounter();
  const path = temporaryDirectory(memory);
  const late = new AbortController();
  await counter.count({ path, shown: path }, late.signal);
  const counting = counter.count({ path, shown: path });
  late.abort();
  expect(await counting).toMatchObject({ inodes: 1 });
});

test('does not keep a process that has nothing else to do', () => {
  const path = largeDirectory();
  const module = new URL('../../../../src/disk/usage/usage-counter.ts', import.meta.url);
  const script = join(temporaryDirectory(memory), 'script.mjs');
  writeFileSync(
    script,
    `import { UsageCounter } from '${module}';
    void new UsageCounter().count({ path: '${path}', shown: '' }).then(() => console.log('waited for the count'));`,
  );
  expect(execFileSync(process.execPath, [script], { encoding: 'utf8' })).toBe('');
});

test('stops when the storage is closed, and refuses then', async () => {
  const { storage } = newStorage(memory);
  const { path } = await storage.makeDirectory(recordOf(volume), anybody);
  for (let entry = 0; entry < 20_000; entry++) symlinkSync('x', join(path, String(entry)));
  const counting = reasonOf(storage.countUsage(volume));
  await until('the thread walks', () => isOpen(path));
  await storage.close();
  expect(await counting).toBe('StorageFailed');
  expect(await reasonOf(storage.countUsage(volume))).toBe('StorageFailed');
});

test('the storage counts one volume at a time, and holds no descriptors for those that wait', async () => {
  const { storage } = newStorage(memory);
  const names = [1, 2, 3].map((digit) => volume.replace(/.$/, String(digit)));
  for (const [index, name] of names.entries()) {
    const { path } = await storage.makeDirectory(recordOf(name), anybody);
    for (let entry = 0; entry < index; entry++) writeFileSync(join(path, String(entry)), '');
  }
  const counts = await Promise.all(names.map((name) => storage.countUsage(name)));
  expect(counts.map(({ inodes }) => inodes)).toEqual([1, 2, 3]);
  const ends = counts.map(({ atMs }) => atMs);
  expect(ends).toEqual(ends.toSorted((a, b) => a - b));
});

test('a count that fails is an error of the storage', async () => {
  const { storage, basePath } = newStorage(memory);
  await storage.inspect();
  symlinkSync('/etc', join(basePath, volume));
  await expect(storage.countUsage(volume)).rejects.toThrow(StorageError);
  await expect(storage.countUsage(volume)).rejects.toThrow(/not a directory|ELOOP/);
});
