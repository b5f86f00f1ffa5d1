import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Leftovers } from '../../../src/changes/leftovers.ts';
import { StorageError } from '../../../src/disk/port.ts';
import { ApiError } from '../../../src/kube/calls/kube-api.ts';
import {
  baseDirectory,
  nodeName,
  objectOf,
  provisionerNames,
  releasedVolume,
  volumeRecord,
} from '../../support/build-views.ts';
import { capturedLog } from '../../support/captured-log.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeStorage } from '../../support/fake-storage.ts';

const tenMinutes = 10 * 60_000;

class World {
  readonly kube = new FakeKube();
  readonly storage = new FakeStorage();
  /** The storage of a second pool. */
  readonly other = new FakeStorage();
  readonly looked: string[] = [];
  existing: Set<string> | undefined = new Set();
  readonly awaited = new Set<string>();
  /** Volumes whose directory is of another cluster, with that cluster, in the order of their records. */
  readonly ofAnother: [string, string | undefined][] = [];
  journal: Parameters<ConstructorParameters<typeof Leftovers>[0]['onJournalsRead']>[0] | undefined;
  readonly #captured = capturedLog();
  readonly #pools: { name: string; storage: FakeStorage }[];
  readonly leftovers: Leftovers;

  /** @param isSplit whether the node has a second pool */
  constructor({ isSplit = false } = {}) {
    this.#pools = [
      { name: 'default', storage: this.storage },
      ...(isSplit ? [{ name: 'other', storage: this.other }] : []),
    ];
    this.leftovers = new Leftovers({
      kube: this.kube,
      pools: this.#pools,
      nodeName,
      provisionerNames,
      ownCluster: () => this.kube.clusterUid,
      log: this.#captured.log,
      areListed: () => this.existing !== undefined,
      existsIn: (volume) => this.existing?.has(volume) === true,
      isAwaited: (volume) => this.awaited.has(volume),
      onFound: (volume) => this.looked.push(volume),
      onEarlierVolume: (volume) => this.looked.push(volume),
      onOfAnotherCluster: ({ volume, cluster }) => void this.ofAnother.push([volume, cluster]),
      onJournalsRead: (journal) => {
        this.journal = journal;
      },
    });
  }

  get warnings() {
    return this.#captured.lines.filter(({ level }) => level === 'warn');
  }

  /** A volume of the original provisioner. */
  putEarlier(name: string, changes: Parameters<typeof releasedVolume>[0] = {}): void {
    this.kube.put(objectOf(releasedVolume({ name, nodeLabel: undefined, ...changes })));
  }
}

let world: World;
beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(baseDirectory.createdAt) + 1_000 });
  world = new World();
});
afterEach(() => {
  world.leftovers.stop();
  vi.useRealTimers();
});

describe('a scan for leftovers', () => {
  test('finds records whose volume neither exists nor is awaited', async () => {
    for (const volume of ['pvc-1', 'pvc-2', 'pvc-3']) world.storage.put(volumeRecord({ volume }));
    world.existing = new Set(['pvc-1']);
    world.awaited.add('pvc-2');
    await world.leftovers.scan();
    expect(world.looked).toEqual(['pvc-3']);
  });

  test('says which volumes the journal knows, and which of them nobody else does', async () => {
    for (const volume of ['pvc-1', 'pvc-2', 'pvc-3']) world.storage.put(volumeRecord({ volume }));
    world.existing = new Set(['pvc-1', 'pvc-4']);
    world.awaited.add('pvc-2');
    await world.leftovers.scan();
    const names = ['pvc-1', 'pvc-2', 'pvc-3', 'pvc-4'];
    expect(names.filter((volume) => world.journal?.isRecorded(volume))).toEqual(['pvc-1', 'pvc-2', 'pvc-3']);
    expect(names.filter((volume) => world.journal?.isLeftover(volume))).toEqual(['pvc-3']);
  });

  test('waits until the volumes have been listed: before that, none is known to be missing', async () => {
    world.storage.put(volumeRecord());
    world.existing = undefined;
    await world.leftovers.scan();
    expect(world.looked).toEqual([]);
  });

  test('counts the directories that have no record', async () => {
    world.storage.put(volumeRecord());
    world.storage.base.set('backup', { mode: 0o755, owner: undefined, entries: [] });
    await world.leftovers.scan();
    expect(world.leftovers.orphans).toEqual(new Map([['default', 1]]));
  });

  test('asks this cluster nothing about what is of another one, and has that noted', async () => {
    world.storage.put(volumeRecord({ volume: 'pvc-1' }));
    for (const volume of ['pvc-2', 'pvc-3', 'pvc-4']) world.storage.put(volumeRecord({ volume, cluster: 'cluster-b' }));
    world.existing = new Set(['pvc-4']);
    await world.leftovers.scan();
    expect(world.looked).toEqual(['pvc-1']);
    expect(world.ofAnother).toEqual([
      ['pvc-2', 'cluster-b'],
      ['pvc-3', 'cluster-b'],
    ]);
  });

  test('reads no record that a volume stands for', async () => {
    const read = vi.spyOn(world.storage, 'readRecord');
    for (const volume of ['pvc-1', 'pvc-2']) world.storage.put(volumeRecord({ volume }));
    world.existing = new Set(['pvc-1', 'pvc-2']);
    await world.leftovers.scan();
    expect(read).not.toHaveBeenCalled();
  });

  test('has a damaged record looked at, which says that it is damaged', async () => {
    world.storage.put(volumeRecord({ volume: 'pvc-1' }));
    world.storage.readRecord = () => Promise.reject(new StorageError('RecordDamaged', 'damaged'));
    await world.leftovers.scan();
    expect(world.looked).toEqual(['pvc-1']);
  });

  test('comes again every ten minutes', async () => {
    world.leftovers.start();
    await vi.advanceTimersByTimeAsync(tenMinutes - 1);
    world.storage.put(volumeRecord());
    await vi.advanceTimersByTimeAsync(1);
    expect(world.looked).toEqual(['pvc-aaaa-1']);
    await vi.advanceTimersByTimeAsync(tenMinutes);
    expect(world.looked).toEqual(['pvc-aaaa-1', 'pvc-aaaa-1']);
  });

  test('comes again soon after one that failed, and warns once', async () => {
    world.storage.baseDirectory = new StorageError('StorageFailed', 'too many open files');
    world.leftovers.start();
    await world.leftovers.scan();
    await vi.advanceTimersByTimeAsync(5_000);
    const msg = 'scan for leftovers failed, retrying';
    const message = 'too many open files';
    expect(world.warnings).toMatchObject([{ msg, reason: 'StorageFailed', message }]);
    world.storage.baseDirectory = baseDirectory;
    world.storage.put(volumeRecord());
    await vi.advanceTimersByTimeAsync(5_000);
    expect(world.looked).toEqual(['pvc-aaaa-1']);
  });

  test.each(['BaseDirectoryMissing', 'NodeNotRegistered'] as const)(
    'that fails because of %s, of which the base directory is told, warns of nothing',
    async (reason) => {
      world.storage.baseDirectory = new StorageError(reason, 'mount it');
      await world.leftovers.scan();
      expect(world.warnings).toEqual([]);
    },
  );

  test('does not come again once it is stopped, even when it fails', async () => {
    world.leftovers.start();
    world.storage.baseDirectory = new StorageError('StorageFailed', 'too many open files');
    const scan = world.leftovers.scan();
    world.leftovers.stop();
    await scan;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a second pool', () => {
  beforeEach(() => {
    world = new World({ isSplit: true });
    world.storage.put(volumeRecord({ volume: 'pvc-1' }));
    world.other.put(volumeRecord({ volume: 'pvc-2' }));
  });
  const isKnown = (volume: string) => [world.journal?.isRecorded(volume), world.journal?.isLeftover(volume)];

  test('whose disk is missing is scanned again soon, and the other one when its time has come', async () => {
    world.other.baseDirectory = new StorageError('StorageFailed', 'too many open files');
    world.leftovers.start();
    await world.leftovers.scan();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.looked).toEqual(['pvc-1']);
    expect([...world.leftovers.orphans.keys()]).toEqual(['default']);
    expect(world.warnings).toMatchObject([{ pool: 'other', message: 'too many open files' }]);
    world.other.baseDirectory = baseDirectory;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(world.looked).toEqual(['pvc-1', 'pvc-2']);
  });

  test('may have any volume as long as it was never read, and what it had when it was', async () => {
    world.other.baseDirectory = new StorageError('BaseDirectoryMissing', 'mount it');
    world.other.hasRecord = () => undefined;
    await world.leftovers.scan();
    expect(isKnown('pvc-3')).toEqual([true, true]);
    world.other.hasRecord = (volume) => volume === 'pvc-2';
    await world.leftovers.scan();
    expect(['pvc-1', 'pvc-2', 'pvc-3'].map(isKnown)).toEqual([
      [true, true],
      [true, true],
      [false, false],
    ]);
  });

  test('that does not answer holds up no scan of the other one, and is scanned once when it answers', async () => {
    const answer = Promise.withResolvers<string[]>();
    const list = vi.spyOn(world.other, 'listRecords').mockReturnValue(answer.promise);
    const scans = [world.leftovers.scan(), world.leftovers.scan(), world.leftovers.scan()];
    await vi.advanceTimersByTimeAsync(0);
    expect(world.looked).toEqual(['pvc-1']);
    void world.leftovers.scan();
    await vi.advanceTimersByTimeAsync(0);
    expect(world.looked).toEqual(['pvc-1', 'pvc-1']);
    answer.resolve(['pvc-2']);
    await Promise.all(scans);
    expect(list.mock.calls.length).toBeLessThanOrEqual(2);
    expect(world.looked).toContain('pvc-2');
  });

  test('whose disk is missing does not hold up the search for volumes of an earlier provisioner', async () => {
    world.other.baseDirectory = new StorageError('BaseDirectoryMissing', 'mount it');
    world.putEarlier('pvc-3');
    const list = vi.spyOn(world.kube, 'listUnlabelledVolumes');
    await world.leftovers.scan();
    expect(world.looked).toEqual(['pvc-1', 'pvc-3']);
    await world.leftovers.scan();
    expect(list).toHaveBeenCalledTimes(1);
    world.other.baseDirectory = { ...baseDirectory, id: 'another' };
    await world.leftovers.scan();
    expect(list).toHaveBeenCalledTimes(2);
  });
});

describe('volumes of an earlier provisioner', () => {
  test('are found once, those of this node and our names', async () => {
    world.putEarlier('pvc-1');
    world.putEarlier('pvc-2', { identity: 'node-b' });
    world.putEarlier('pvc-3', { provisionedBy: 'theirs' });
    world.putEarlier('pvc-4', { nodeLabel: nodeName });
    await world.leftovers.scan();
    await world.leftovers.scan();
    expect(world.looked).toEqual(['pvc-1']);
  });

  test('are listed once when two scans are asked for at the same time, as at a start', async () => {
    const list = vi.spyOn(world.kube, 'listUnlabelledVolumes');
    await Promise.all([world.leftovers.scan(), world.leftovers.scan()]);
    expect(list).toHaveBeenCalledTimes(1);
  });

  test('are not listed before the API server wants to be asked, whoever asks for a scan', async () => {
    const refusal = new ApiError('TooManyRequests', 'slow down', { retryAfterMs: 60_000 });
    const list = vi.spyOn(world.kube, 'listUnlabelledVolumes').mockImplementation(() => {
      throw refusal;
    });
    world.leftovers.start();
    for (let scans = 0; scans < 5; scans += 1) await world.leftovers.scan();
    await vi.advanceTimersByTimeAsync(59_999);
    expect(list).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(list).toHaveBeenCalledTimes(2);
  });

  test('are looked for again when that failed', async () => {
    world.putEarlier('pvc-1');
    const list = world.kube.listUnlabelledVolumes;
    world.kube.listUnlabelledVolumes = () => {
      throw new ApiError('Unknown', 'no answer');
    };
    await world.leftovers.scan();
    expect(world.warnings).toHaveLength(1);
    world.kube.listUnlabelledVolumes = list;
    await world.leftovers.scan();
    expect(world.looked).toEqual(['pvc-1']);
  });

  test('are not looked for when the base directory has been in use for more than a week', async () => {
    vi.setSystemTime(Date.parse(baseDirectory.createdAt) + 7 * 24 * 3_600_000);
    world.putEarlier('pvc-1');
    await world.leftovers.scan();
    expect(world.looked).toEqual([]);
  });
});
