import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { KeptDirectories } from '../../../src/changes/kept-directories.ts';
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
  readonly looked: string[] = [];
  existing: Set<string> | undefined = new Set();
  underWay = new Set<string>();
  readonly orphans = vi.fn();
  readonly kept = new KeptDirectories({ kept: () => undefined });
  readonly #captured = capturedLog();
  readonly leftovers = new Leftovers({
    kube: this.kube,
    storage: this.storage,
    nodeName,
    provisionerNames,
    ownCluster: () => this.kube.clusterUid,
    kept: this.kept,
    log: this.#captured.log,
    metrics: { orphanDirectories: { set: this.orphans } },
    existing: () => this.existing,
    underWay: () => this.underWay,
    onLook: (volume) => this.looked.push(volume),
  });

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
  world.kept.stop();
  vi.useRealTimers();
});

describe('a look at the leftovers', () => {
  test('finds records whose volume neither exists nor is awaited', async () => {
    for (const volume of ['pvc-1', 'pvc-2', 'pvc-3']) world.storage.put(volumeRecord({ volume }));
    world.existing = new Set(['pvc-1']);
    world.underWay.add('pvc-2');
    await world.leftovers.look();
    expect(world.looked).toEqual(['pvc-3']);
  });

  test('waits until the volumes have been listed: before that, none is known to be missing', async () => {
    world.storage.put(volumeRecord());
    world.existing = undefined;
    await world.leftovers.look();
    expect(world.looked).toEqual([]);
  });

  test('counts the directories that have no record', async () => {
    world.storage.put(volumeRecord());
    world.storage.base.set('backup', { mode: 0o755, owner: undefined, entries: [] });
    await world.leftovers.look();
    expect(world.orphans).toHaveBeenLastCalledWith(1);
  });

  test('asks this cluster nothing about what is of another one, and has that noted', async () => {
    world.storage.put(volumeRecord({ volume: 'pvc-1' }));
    for (const volume of ['pvc-2', 'pvc-3', 'pvc-4']) world.storage.put(volumeRecord({ volume, cluster: 'cluster-b' }));
    world.existing = new Set(['pvc-4']);
    await world.leftovers.look();
    expect(world.looked).toEqual(['pvc-1']);
    expect(world.kept.counts()).toEqual(new Map([['AnotherCluster', 2]]));
    world.storage.records.delete('pvc-2');
    await world.leftovers.look();
    expect(world.kept.counts()).toEqual(new Map([['AnotherCluster', 1]]));
  });

  test('reads no record that a volume stands for', async () => {
    const read = vi.spyOn(world.storage, 'readRecord');
    for (const volume of ['pvc-1', 'pvc-2']) world.storage.put(volumeRecord({ volume }));
    world.existing = new Set(['pvc-1', 'pvc-2']);
    await world.leftovers.look();
    expect(read).not.toHaveBeenCalled();
  });

  test('has a damaged record looked at, which says that it is damaged', async () => {
    world.storage.put(volumeRecord({ volume: 'pvc-1' }));
    world.storage.readRecord = () => Promise.reject(new StorageError('RecordDamaged', 'damaged'));
    await world.leftovers.look();
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
    await world.leftovers.look();
    await vi.advanceTimersByTimeAsync(5_000);
    const msg = 'leftovers not looked at: looking again';
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
      await world.leftovers.look();
      expect(world.warnings).toEqual([]);
    },
  );

  test('does not come again once it is stopped, even when it fails', async () => {
    world.leftovers.start();
    world.storage.baseDirectory = new StorageError('StorageFailed', 'too many open files');
    const look = world.leftovers.look();
    world.leftovers.stop();
    await look;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('volumes of an earlier provisioner', () => {
  test('are found once, those of this node and our names', async () => {
    world.putEarlier('pvc-1');
    world.putEarlier('pvc-2', { identity: 'node-b' });
    world.putEarlier('pvc-3', { provisionedBy: 'theirs' });
    world.putEarlier('pvc-4', { nodeLabel: nodeName });
    await world.leftovers.look();
    await world.leftovers.look();
    expect(world.looked).toEqual(['pvc-1']);
  });

  test('are listed once when two looks are asked for at the same time, as at a start', async () => {
    const list = vi.spyOn(world.kube, 'listUnlabelledVolumes');
    await Promise.all([world.leftovers.look(), world.leftovers.look()]);
    expect(list).toHaveBeenCalledTimes(1);
  });

  test('are not listed before the API server wants to be asked, whoever asks for a look', async () => {
    const refusal = new ApiError('TooManyRequests', 'slow down', { retryAfterMs: 60_000 });
    const list = vi.spyOn(world.kube, 'listUnlabelledVolumes').mockImplementation(() => {
      throw refusal;
    });
    world.leftovers.start();
    for (let looks = 0; looks < 5; looks += 1) await world.leftovers.look();
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
    await world.leftovers.look();
    expect(world.warnings).toHaveLength(1);
    world.kube.listUnlabelledVolumes = list;
    await world.leftovers.look();
    expect(world.looked).toEqual(['pvc-1']);
  });

  test('are not looked for when the base directory has been in use for more than a week', async () => {
    vi.setSystemTime(Date.parse(baseDirectory.createdAt) + 7 * 24 * 3_600_000);
    world.putEarlier('pvc-1');
    await world.leftovers.look();
    expect(world.looked).toEqual([]);
  });
});
