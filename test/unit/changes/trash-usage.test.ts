import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TrashUsageWatch } from '../../../src/changes/trash-usage.ts';
import { usualTiming } from '../../../src/changes/usage.ts';
import { type BaseDirectory, StorageError } from '../../../src/disk/port.ts';
import { KeyedLock } from '../../../src/flow/keyed-lock.ts';
import { baseDirectory, volumeRecord } from '../../support/build-views.ts';
import { FakeStorage } from '../../support/fake-storage.ts';

const minute = 60_000;
const hour = 60 * minute;
const pass = usualTiming.passEveryMs;

let storage: FakeStorage;
let base: BaseDirectory | StorageError | undefined;
let told: string[];
let watch: TrashUsageWatch;
beforeEach(() => {
  vi.useFakeTimers();
  storage = new FakeStorage();
  base = baseDirectory;
  told = [];
  watch = new TrashUsageWatch({
    storage,
    base: () => base,
    report: { notCounted: (what, { reason }) => void told.push(`${what}: ${reason}`) },
    turns: new KeyedLock(),
    timing: usualTiming,
  });
});
afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

async function trash(volume: string, usedBytes: number): Promise<void> {
  storage.put(volumeRecord({ volume }));
  storage.usedBytes.set(volume, usedBytes);
  await storage.trashDirectory(volume);
}

/** What the trash uses, by volume and in all, as it is known after this time. */
async function figuresAfter(ms: number): Promise<[Record<string, number | 'unknown'>, number | undefined]> {
  await vi.advanceTimersByTimeAsync(ms);
  const figures = Array.from(watch.volumes(), ({ volume, usedBytes }) => [volume, usedBytes ?? 'unknown']);
  return [Object.fromEntries(figures), watch.bytes];
}

describe('a volume in the trash', () => {
  test('is counted some seconds after it is first seen, then hourly, and forgotten when it is erased', async () => {
    watch.start();
    expect(await figuresAfter(0)).toEqual([{}, 0]);
    await trash('pvc-1', 5);
    expect(await figuresAfter(pass)).toEqual([{ 'pvc-1': 'unknown' }, 0]);
    expect(await figuresAfter(pass)).toEqual([{ 'pvc-1': 5 }, 5]);
    storage.usedBytes.set('pvc-1', 3);
    expect(await figuresAfter(hour - pass)).toEqual([{ 'pvc-1': 5 }, 5]);
    expect(await figuresAfter(pass)).toEqual([{ 'pvc-1': 3 }, 3]);
    await storage.eraseTrash('pvc-1');
    expect(await figuresAfter(pass)).toEqual([{}, 0]);
  });

  test('that was there at the start leaves the sum unknown until it is counted', async () => {
    await trash('pvc-1', 5);
    await trash('pvc-2', 7);
    watch.start();
    expect(await figuresAfter(pass - 1)).toEqual([{ 'pvc-1': 'unknown', 'pvc-2': 'unknown' }, undefined]);
    expect(await figuresAfter(pass)).toEqual([{ 'pvc-1': 5, 'pvc-2': 7 }, 12]);
  });

  test.each<[when: string, leave: () => Promise<void>]>([
    [
      'before it comes',
      async () => {
        watch.left('pvc-1', 6);
        await figuresAfter(9 * minute);
        await trash('pvc-1', 5);
        await figuresAfter(pass);
      },
    ],
    [
      'after it was seen',
      async () => {
        await trash('pvc-1', 5);
        await figuresAfter(pass);
        watch.left('pvc-1', 6);
      },
    ],
  ])('has its last figure from when it was in use, which is told %s, for an hour', async (_, leave) => {
    watch.start();
    await leave();
    expect(await figuresAfter(hour - 2 * pass)).toEqual([{ 'pvc-1': 6 }, 6]);
    expect(await figuresAfter(3 * pass)).toEqual([{ 'pvc-1': 5 }, 5]);
  });

  test('has no figure from when it was in use if it comes ten minutes later', async () => {
    watch.start();
    watch.left('pvc-1', 6);
    await figuresAfter(10 * minute);
    await trash('pvc-1', 5);
    expect(await figuresAfter(pass)).toEqual([{ 'pvc-1': 'unknown' }, 0]);
  });

  test('that is erased before its count is no trouble', async () => {
    await trash('pvc-1', 5);
    watch.start();
    await figuresAfter(pass - 1);
    await storage.eraseTrash('pvc-1');
    expect(await figuresAfter(pass)).toEqual([{}, 0]);
    expect(told).toEqual([]);
  });

  test('that cannot be counted is told, and counted again after an hour', async () => {
    await trash('pvc-1', 5);
    const count = vi.spyOn(storage, 'countTrashed').mockRejectedValue(new StorageError('PermissionDenied', ''));
    watch.start();
    expect(await figuresAfter(30 * minute)).toEqual([{ 'pvc-1': 'unknown' }, undefined]);
    expect(told).toEqual(['pvc-1: PermissionDenied']);
    count.mockRestore();
    expect(await figuresAfter(hour)).toEqual([{ 'pvc-1': 5 }, 5]);
    expect(told).toHaveLength(1);
  });

  test.each<[string, BaseDirectory | StorageError | undefined]>([
    ['cannot be used', new StorageError('ReadOnly', '')],
    ['was not inspected yet', undefined],
  ])('is not counted while its base directory %s, and soon afterwards', async (_, found) => {
    await trash('pvc-1', 5);
    base = found;
    watch.start();
    expect(await figuresAfter(2 * hour)).toEqual([{ 'pvc-1': 'unknown' }, undefined]);
    base = baseDirectory;
    expect(await figuresAfter(pass)).toEqual([{ 'pvc-1': 5 }, 5]);
  });

  test('keeps its figure while the disk does not tell what is there', async () => {
    await trash('pvc-1', 5);
    watch.start();
    await figuresAfter(minute + pass);
    storage.baseDirectory = new StorageError('BaseDirectoryMissing', 'mount it');
    expect(await figuresAfter(minute)).toEqual([{ 'pvc-1': 5 }, 5]);
    expect(told).toEqual([]);
  });
});

describe('a count that takes long', () => {
  let stopped: boolean;
  beforeEach(async () => {
    stopped = false;
    vi.spyOn(storage, 'countTrashed').mockImplementation(async (_, signal) => {
      await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      stopped = true;
      throw new StorageError('StorageFailed', '');
    });
    await trash('pvc-1', 5);
    watch.start();
    await figuresAfter(2 * minute);
  });

  test('does not keep others from being seen', async () => {
    await trash('pvc-2', 5);
    expect(await figuresAfter(pass)).toEqual([{ 'pvc-1': 'unknown', 'pvc-2': 'unknown' }, undefined]);
  });

  test.each<[string, () => unknown]>([
    ['its volume is erased', () => storage.eraseTrash('pvc-1')],
    ['the base directory changes', () => watch.baseChanged()],
    ['the daemon stops', () => watch.stop()],
  ])('ends when %s', async (_, happens) => {
    await happens();
    await figuresAfter(pass);
    expect([stopped, told]).toEqual([true, []]);
  });
});
