import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UsageWatch, usualTiming } from '../../../src/changes/usage.ts';
import { Volumes } from '../../../src/changes/volumes.ts';
import { type BaseDirectory, StorageError, type Usage } from '../../../src/disk/port.ts';
import { KeyedLock } from '../../../src/flow/keyed-lock.ts';
import { ApiError } from '../../../src/kube/calls/kube-api.ts';
import type { PersistentVolumeObject } from '../../../src/model/kubernetes.ts';
import type { UsedVolume } from '../../../src/report/usage-report.ts';
import {
  baseDirectory,
  nodeName,
  objectOf,
  provisionerNames,
  reference,
  releasedVolume,
  volumeName,
  volumeRecord,
} from '../../support/build-views.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeStorage } from '../../support/fake-storage.ts';
import { listAnew } from '../../support/list-anew.ts';

const minute = 60_000;
const hour = 60 * minute;
const mib = 2 ** 20;

/** A pool whose volumes are in use, with 1 MiB each. */
class World {
  readonly storage = new FakeStorage();
  readonly kube = new FakeKube();
  readonly volumes = new Volumes({
    nodeName,
    provisionerNames,
    onChange: () => {},
    onSize: () => {},
    onListed: () => {},
  });
  base: BaseDirectory | StorageError | undefined = baseDirectory;
  readonly told: string[] = [];
  /** The last figures of volumes that are no longer in use. */
  readonly left: [volume: string, usedBytes: number][] = [];
  readonly watch: UsageWatch;

  constructor(turns = new KeyedLock()) {
    const tell = (what: string) => (used: UsedVolume) =>
      void this.told.push(`${what} ${used.volume} of ${used.claim.name}: ${used.usedBytes} of ${used.capacityBytes}`);
    this.kube.watcher = this.volumes;
    this.watch = new UsageWatch({
      storage: this.storage,
      volumes: () => this.volumes,
      base: () => this.base,
      kube: this.kube,
      report: {
        over: tell('over'),
        within: tell('within'),
        notCounted: (what, { reason }) => void this.told.push(`not counted ${what}: ${reason}`),
      },
      turns,
      onLeft: (volume, usedBytes) => void this.left.push([volume, usedBytes]),
      timing: usualTiming,
    });
    listAnew(this.volumes);
    onEnd.push(() => this.watch.stop());
  }

  /** @param limitBytes held by the disk; undefined: nothing holds it */
  use(volume = volumeName, { usedBytes = 0, capacity = '1Mi', limitBytes = undefined as number | undefined } = {}) {
    this.storage.put(volumeRecord({ volume }));
    if (limitBytes !== undefined) {
      this.storage.base.set(volume, { mode: 0o777, owner: undefined, entries: [], limit: { bytes: limitBytes } });
    }
    this.storage.usedBytes.set(volume, usedBytes);
    this.kube.put(objectOf(releasedVolume({ name: volume, phase: 'Bound', capacity })));
  }

  unbind(volume = volumeName): void {
    this.kube.put(objectOf(releasedVolume({ name: volume, phase: 'Released' })));
  }

  /** What volumes use, by their names, as it was found in this time. */
  async after(ms: number): Promise<Record<string, number | 'unknown'>> {
    await vi.advanceTimersByTimeAsync(ms);
    return Object.fromEntries(
      Array.from(this.watch.volumes(), ({ volume, usedBytes }) => [volume, usedBytes ?? 'unknown']),
    );
  }

  /** Of the figure of the only volume. */
  ageSeconds(): number | undefined {
    return [...this.watch.volumes()][0]?.ageSeconds;
  }

  async scraped(): Promise<Record<string, number | 'unknown'>> {
    await this.watch.refresh();
    return this.after(0);
  }

  /** Makes each count go on until it is stopped or `end` is called. */
  holdCounts(): { under: Set<string>; end: () => void } {
    const under = new Set<string>();
    let ends: (() => void)[] = [];
    const count = this.storage.countUsage.bind(this.storage);
    vi.spyOn(this.storage, 'countUsage').mockImplementation(async (volume, signal) => {
      under.add(volume);
      await new Promise<void>((resolve) => {
        ends.push(resolve);
        signal?.addEventListener('abort', () => resolve());
      });
      under.delete(volume);
      return count(volume, signal);
    });
    const end = () => {
      for (const resolve of ends) resolve();
      ends = [];
    };
    return { under, end };
  }
}

let onEnd: (() => void)[] = [];
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  for (const end of onEnd) end();
  onEnd = [];
  vi.useRealTimers();
});

describe('a volume that a quota counts', () => {
  test('is read when somebody asks, and not again within five seconds', async () => {
    const world = new World();
    world.use(volumeName, { usedBytes: 5, limitBytes: 100 });
    expect(await world.scraped()).toEqual({ [volumeName]: 5 });
    world.storage.usedBytes.set(volumeName, 7);
    expect(await world.scraped()).toEqual({ [volumeName]: 5 });
    await world.after(5_000);
    expect(await world.scraped()).toEqual({ [volumeName]: 7 });
    expect([...world.watch.volumes()]).toStrictEqual([
      { volume: volumeName, capacityBytes: mib, usedBytes: 7, inodes: undefined, availableBytes: 93, ageSeconds: 0 },
    ]);
  });

  test('is never counted, and keeps its last figures with their age while nobody asks', async () => {
    const world = new World();
    world.use(volumeName, { usedBytes: 5, limitBytes: 100 });
    await world.scraped();
    world.watch.start();
    world.storage.usedBytes.set(volumeName, 7);
    expect(await world.after(3 * hour)).toEqual({ [volumeName]: 5 });
    expect([...world.watch.volumes()]).toMatchObject([{ ageSeconds: 3 * 3_600 }]);
  });

  test('is read among many, of which some cannot be', async () => {
    const world = new World();
    const names = Array.from({ length: 200 }, (_, index) => `pvc-${index}`);
    for (const name of names) world.use(name, { usedBytes: 5, limitBytes: 100 });
    world.storage.base.delete('pvc-7');
    const expected = Object.fromEntries(names.map((name) => [name, name === 'pvc-7' ? 'unknown' : 5]));
    expect(await world.scraped()).toEqual(expected);
  });

  test('is not waited for by who asks, when the disk does not answer, nor asked twice', async () => {
    const world = new World();
    world.use(volumeName, { usedBytes: 5, limitBytes: 100 });
    await world.scraped();
    const answer = Promise.withResolvers<Usage | undefined>();
    const read = vi.spyOn(world.storage, 'readUsage').mockReturnValue(answer.promise);
    for (const _ of ['first', 'second']) {
      await world.after(6_000);
      const asked = world.watch.refresh();
      await world.after(1_000);
      await asked;
    }
    expect(await world.after(0)).toEqual({ [volumeName]: 5 });
    expect(read).toHaveBeenCalledTimes(1);
    answer.resolve(undefined);
  });
});

describe('a volume without a quota', () => {
  test('is counted some seconds after it is first seen, soon again, and each minute when it is no longer new', async () => {
    const world = new World();
    world.watch.start();
    world.use(volumeName, { usedBytes: 5 });
    expect(await world.after(4_000)).toEqual({ [volumeName]: 'unknown' });
    expect(await world.after(8_000)).toEqual({ [volumeName]: 5 });
    world.storage.usedBytes.set(volumeName, 6);
    expect(await world.after(15_000)).toEqual({ [volumeName]: 6 });
    await world.after(10 * minute);
    while (world.ageSeconds() !== 0) await world.after(1_000);
    expect([...world.watch.volumes()]).toStrictEqual([
      { volume: volumeName, capacityBytes: mib, usedBytes: 6, inodes: 1, availableBytes: undefined, ageSeconds: 0 },
    ]);
    world.storage.usedBytes.set(volumeName, 7);
    expect(await world.after(minute - 10_000)).toEqual({ [volumeName]: 6 });
    expect(await world.after(15_000)).toEqual({ [volumeName]: 7 });
  });

  test('rests for an hour after a count that took long', async () => {
    const world = new World();
    world.use();
    world.watch.start();
    const { under, end } = world.holdCounts();
    await world.after(2 * minute);
    end();
    await world.after(hour - 10_000);
    expect([...under]).toEqual([]);
    await world.after(15_000);
    expect([...under]).toEqual([volumeName]);
  });

  test('is not read at each scrape once that is known', async () => {
    const world = new World();
    world.use();
    const read = vi.spyOn(world.storage, 'readUsage');
    for (const _ of ['first', 'second']) {
      await world.scraped();
      await world.after(6_000);
    }
    expect(read).toHaveBeenCalledTimes(1);
  });

  test('is counted alone, whatever other pools count', async () => {
    const turns = new KeyedLock();
    const worlds = [new World(turns), new World(turns)];
    const counts = worlds.map((world) => {
      for (const name of ['pvc-1', 'pvc-2']) world.use(name, { usedBytes: 5 });
      world.watch.start();
      return world.holdCounts();
    });
    await vi.advanceTimersByTimeAsync(2 * minute);
    for (let count = 0; count < 4; count++) {
      expect(counts.flatMap(({ under }) => [...under])).toHaveLength(1);
      for (const { end } of counts) end();
      await vi.advanceTimersByTimeAsync(minute);
    }
    for (const world of worlds) expect(await world.after(0)).toEqual({ 'pvc-1': 5, 'pvc-2': 5 });
  });

  test('comes before others that were counted, when it is new', async () => {
    const world = new World();
    for (const name of ['pvc-1', 'pvc-2', 'pvc-3']) world.use(name);
    world.watch.start();
    await world.after(2 * minute);
    const { under, end } = world.holdCounts();
    await world.after(hour);
    expect([...under]).toEqual(['pvc-1']);
    world.use('pvc-new');
    await world.after(2 * minute);
    end();
    await world.after(5_000);
    expect([...under]).toEqual(['pvc-new']);
  });

  test.each<[string, number, (world: World) => void]>([
    [
      'its base directory cannot be used any more',
      0,
      (world) => {
        world.base = new StorageError('BaseDirectoryNotMounted', '');
        world.watch.baseChanged();
      },
    ],
    ['nobody uses it any more', 5_000, (world) => world.unbind()],
    ['it is gone', 5_000, (world) => world.kube.remove(objectOf(releasedVolume()))],
    ['the daemon stops', 0, (world) => world.watch.stop()],
  ])('is not counted on when %s, %d ms later', async (_, laterMs, happens) => {
    const world = new World();
    world.use();
    world.watch.start();
    const { under } = world.holdCounts();
    await world.after(2 * minute);
    expect([...under]).toEqual([volumeName]);
    happens(world);
    await world.after(laterMs);
    expect([...under]).toEqual([]);
    expect(world.told).toEqual([]);
  });

  test('is not counted any more when the daemon stops while another one is counted', async () => {
    const world = new World();
    for (const name of ['pvc-1', 'pvc-2']) world.use(name);
    world.watch.start();
    const { under } = world.holdCounts();
    await world.after(minute + 5_000);
    expect([...under]).toEqual(['pvc-1']);
    world.watch.stop();
    await world.after(minute);
    expect([...under]).toEqual([]);
  });

  test.each<[string, BaseDirectory | StorageError | undefined]>([
    ['cannot be used', new StorageError('ReadOnly', '')],
    ['is another one', { ...baseDirectory, id: 'base-2' }],
    ['was not inspected yet', undefined],
  ])('is not counted while its base directory %s, and soon afterwards', async (_, base) => {
    const world = new World();
    world.use(volumeName, { usedBytes: 5 });
    world.base = base;
    world.watch.start();
    expect(await world.after(2 * hour)).toEqual({ [volumeName]: 'unknown' });
    world.base = baseDirectory;
    expect(await world.after(5_000)).toEqual({ [volumeName]: 5 });
  });

  test('that cannot be counted is told, and counted again after an hour', async () => {
    const world = new World();
    world.use(volumeName, { usedBytes: 5 });
    const count = vi.spyOn(world.storage, 'countUsage').mockRejectedValue(new StorageError('PermissionDenied', ''));
    world.watch.start();
    await world.after(30 * minute);
    expect(world.told).toEqual([`not counted ${volumeName}: PermissionDenied`]);
    count.mockRestore();
    expect(await world.after(hour)).toEqual({ [volumeName]: 5 });
    expect(world.told).toHaveLength(1);
  });

  test('is forgotten when it is gone, and its last figure told', async () => {
    const world = new World();
    world.use(volumeName, { usedBytes: 5 });
    world.watch.start();
    await world.after(2 * minute);
    world.unbind();
    expect(await world.after(5_000)).toEqual({});
    expect(world.left).toEqual([[volumeName, 5]]);
    world.use(volumeName, { usedBytes: 5 });
    expect(await world.after(5_000)).toEqual({ [volumeName]: 'unknown' });
  });
});

test('a volume at another path is none of the pool', async () => {
  const world = new World();
  world.kube.put(objectOf(releasedVolume({ phase: 'Bound', path: `/elsewhere/${volumeName}` })));
  world.watch.start();
  expect(await world.after(2 * hour)).toEqual({});
});

describe('a claim whose volume uses more than its size', () => {
  const over = `over ${volumeName} of ${reference.name}: ${3 * mib} of ${mib}`;

  test('is told once, and once when that is over', async () => {
    const world = new World();
    world.use(volumeName, { usedBytes: 3 * mib });
    world.watch.start();
    await world.after(5 * hour);
    expect(world.told).toEqual([over]);
    world.storage.usedBytes.set(volumeName, mib);
    await world.after(5 * hour);
    expect(world.told).toEqual([over, `within ${volumeName} of ${reference.name}: ${mib} of ${mib}`]);
  });

  test('is told soon after it grew that the volume is within its size', async () => {
    const world = new World();
    world.use(volumeName, { usedBytes: 3 * mib });
    world.watch.start();
    await world.after(2 * minute);
    world.kube.put(objectOf(releasedVolume({ phase: 'Bound', capacity: '3Mi' })));
    await world.after(10_000);
    expect(world.told).toEqual([over, `within ${volumeName} of ${reference.name}: ${3 * mib} of ${3 * mib}`]);
  });

  test('is told later when the API server does not answer', async () => {
    const world = new World();
    world.use(volumeName, { usedBytes: 3 * mib });
    const read = vi.spyOn(world.kube, 'readVolume').mockRejectedValue(new ApiError('Unknown', 'no answer'));
    world.watch.start();
    await world.after(5 * minute);
    expect(world.told).toEqual([]);
    read.mockRestore();
    await world.after(5_000);
    expect(world.told).toEqual([over]);
  });

  test('is told once when the API server answers slowly', async () => {
    const world = new World();
    world.use(volumeName, { usedBytes: 3 * mib });
    const answer = Promise.withResolvers<PersistentVolumeObject | undefined>();
    vi.spyOn(world.kube, 'readVolume').mockReturnValue(answer.promise);
    world.watch.start();
    await world.after(2 * minute);
    answer.resolve(world.kube.volumes.get(volumeName));
    await world.after(minute);
    expect(world.told).toEqual([over]);
  });

  test.each([
    ['a quota holds it', { usedBytes: 3 * mib, limitBytes: 4 * mib }],
    ['its size is unknown', { usedBytes: 3 * mib, capacity: 'much' }],
    ['it uses just its size', { usedBytes: mib }],
  ])('is not told when %s', async (_, volume) => {
    const world = new World();
    world.use(volumeName, volume);
    world.watch.start();
    await world.after(2 * hour);
    await world.scraped();
    await world.after(hour);
    expect(world.told).toEqual([]);
  });
});
