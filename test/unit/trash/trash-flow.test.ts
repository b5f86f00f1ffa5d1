import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type Erasure, StorageError } from '../../../src/disk/port.ts';
import { trashRetryMs } from '../../../src/trash/decide.ts';
import { type TrashFlow, trashFlow } from '../../../src/trash/trash-flow.ts';
import { keptFor, volumeName, volumeRecord } from '../../support/build-views.ts';
import { FakeStorage } from '../../support/fake-storage.ts';

const hourMs = 3_600_000;

let storage: FakeStorage;
let storages: FakeStorage[];
let bound: Set<string>;
let flow: TrashFlow;
beforeEach(() => {
  storage = new FakeStorage();
  storages = [storage];
  bound = new Set();
  flow = trashFlow({
    storagesOf: () => storages,
    isBound: (volume) => bound.has(volume),
    reporter: { trash: () => {} },
  });
});

async function look() {
  const view = await flow.observe(volumeName);
  return flow.act(flow.decide(view), view);
}

async function trash(record = volumeRecord()): Promise<void> {
  storage.put(record, ['a', 'b']);
  await storage.trashDirectory(volumeName);
}

describe('a look at the trash of a volume', () => {
  test('erases it, and says how much that was', async () => {
    await trash();
    expect(await look()).toEqual({ result: 'done', erasure: { result: 'erased', entries: 3 } });
    expect([...storage.trash.keys(), ...storage.records.keys()]).toEqual([]);
    expect(await look()).toEqual({ result: 'done' });
  });

  test('leaves what is to be kept, for as long as that', async () => {
    vi.useFakeTimers();
    await trash(volumeRecord(keptFor(hourMs)));
    expect(await look()).toEqual({ result: 'waiting', afterMs: hourMs });
    expect([...storage.trash.keys()]).toEqual([volumeName]);
    vi.useRealTimers();
  });

  test('leaves what a claim is bound to again', async () => {
    await trash();
    bound.add(volumeName);
    expect(await look()).toEqual({ result: 'waiting', afterMs: trashRetryMs });
    expect([...storage.trash.keys()]).toEqual([volumeName]);
  });

  test('finishes a move that a crash left, and looks again at once: now the retention counts', async () => {
    storage.put(volumeRecord(keptFor(hourMs)));
    storage.breakMove(volumeName);
    expect(await look()).toEqual({ result: 'waiting', afterMs: 0 });
    expect(storage.unfinishedMoves.size).toBe(0);
    expect(await look()).toMatchObject({ result: 'waiting', afterMs: expect.closeTo(hourMs, -4) });
  });

  test.each<[Erasure, number]>([
    [{ result: 'unfinished', entries: 3 }, 0],
    [{ result: 'left', entries: 3, problems: ['data: a mount'] }, trashRetryMs],
  ])('that ends as %j comes again', async (erasure, afterMs) => {
    await trash();
    storage.eraseTrash = async () => erasure;
    expect(await look()).toEqual({ result: 'waiting', afterMs, erasure });
  });

  test('erases it although the disk of another pool cannot be read, of which it is told only if it is nowhere else', async () => {
    const broken = new FakeStorage();
    broken.readTrash = () => Promise.reject(new StorageError('BaseDirectoryMissing', 'mount it'));
    storages = [broken, storage];
    await trash();
    expect(await look()).toEqual({ result: 'done', erasure: { result: 'erased', entries: 3 } });
    await expect(look()).rejects.toThrow('mount it');
  });
});
