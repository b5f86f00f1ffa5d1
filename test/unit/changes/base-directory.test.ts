import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BaseDirectoryWatch } from '../../../src/changes/base-directory.ts';
import { StorageError } from '../../../src/disk/port.ts';
import type { EventNote } from '../../../src/kube/events/event-object.ts';
import { BaseDirectoryReport } from '../../../src/report/base-directory-report.ts';
import { Metrics } from '../../../src/report/metrics.ts';
import { baseDirectory, nodeName } from '../../support/build-views.ts';
import { capturedLog } from '../../support/captured-log.ts';
import { FakeStorage } from '../../support/fake-storage.ts';
import { atRest } from '../../support/metric-sources.ts';

const lookEveryMs = 5_000;
const missing = new StorageError('BaseDirectoryMissing', '/data does not exist: mount it');

function watching(state: FakeStorage['baseDirectory']) {
  const storage = new FakeStorage();
  storage.baseDirectory = state;
  const { log, lines } = capturedLog();
  const metrics = new Metrics(atRest);
  const onUsable = vi.fn<() => void>();
  const onChange = vi.fn<() => void>();
  const events: EventNote[] = [];
  const report = new BaseDirectoryReport({
    log,
    metrics,
    events: { emit: (event) => void events.push(event) },
    nodeName,
    pool: 'ssd',
  });
  const onSizeChange = vi.fn<() => void>();
  const watch = new BaseDirectoryWatch({ storage, report, onUsable, onChange, onSizeChange });
  return {
    storage,
    lines,
    onChange,
    /** What `kubectl describe node` shows. */
    get events(): string[] {
      expect(events.every(({ regarding }) => regarding.kind === 'Node' && regarding.name === nodeName)).toBe(true);
      return events.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
    },
    watch,
    onUsable,
    onSizeChange,
    /** Lets the watch see that state at its next look. */
    async turnsInto(next: FakeStorage['baseDirectory']): Promise<void> {
      storage.baseDirectory = next;
      await vi.advanceTimersByTimeAsync(lookEveryMs);
    },
    async gauge(): Promise<string[]> {
      const text = await metrics.text();
      return text.split('\n').filter((line) => line.startsWith('hostpath_base_directory_usable'));
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a base directory', () => {
  test('is trouble before it was inspected', () => {
    expect(watching(baseDirectory).watch.trouble).toBe('not inspected yet');
  });

  test('is known by its id, also while it cannot be used', async () => {
    const { watch, turnsInto } = watching(missing);
    await watch.start();
    expect(watch.id).toBe('');
    await turnsInto(baseDirectory);
    expect(watch.id).toBe(baseDirectory.id);
    await turnsInto(missing);
    expect(watch.id).toBe(baseDirectory.id);
    await turnsInto({ ...baseDirectory, id: 'another' });
    expect(watch.id).toBe('another');
    watch.stop();
  });

  test('that can be used is welcomed once, however often it is looked at', async () => {
    const told = watching(baseDirectory);
    const { watch, lines, onUsable, turnsInto, gauge } = told;
    await watch.start();
    await turnsInto(baseDirectory);
    await turnsInto({ ...baseDirectory });
    expect(told.events).toEqual([]);
    expect(watch.trouble).toBeUndefined();
    const { path, id, mounted, fileSystem } = baseDirectory;
    expect(lines).toEqual([{ level: 'info', msg: 'base directory is usable', path, id, mounted, fileSystem }]);
    expect(onUsable).toHaveBeenCalledTimes(1);
    expect(await gauge()).toEqual(['hostpath_base_directory_usable{pool="ssd",reason=""} 1']);
    watch.stop();
  });

  test('counts the time since it could last be used, whatever the reasons were', async () => {
    const { watch, turnsInto } = watching(missing);
    await watch.start();
    await turnsInto(new StorageError('ReadOnly', 'read-only'));
    const { error, forMs = 0 } = watch.unusable ?? {};
    expect([error?.reason, forMs >= lookEveryMs]).toEqual(['ReadOnly', true]);
    await turnsInto(baseDirectory);
    expect(watch.unusable).toBeUndefined();
    await turnsInto(missing);
    expect(watch.unusable?.forMs).toBeLessThan(lookEveryMs);
    watch.stop();
  });

  test('that cannot be used is told once for each reason, in log, metric and readiness', async () => {
    const told = watching(missing);
    const { watch, lines, onUsable, turnsInto, gauge } = told;
    await watch.start();
    await turnsInto(new StorageError('BaseDirectoryMissing', 'the same again'));
    expect(lines).toEqual([
      {
        level: 'error',
        msg: 'base directory is unusable',
        reason: 'BaseDirectoryMissing',
        message: '/data does not exist: mount it',
      },
    ]);
    expect(watch.trouble).toBe('BaseDirectoryMissing: the same again');
    await turnsInto(new StorageError('ReadOnly', 'remount it'));
    expect(lines.map(({ reason }) => reason)).toEqual(['BaseDirectoryMissing', 'ReadOnly']);
    expect(await gauge()).toEqual(['hostpath_base_directory_usable{pool="ssd",reason="ReadOnly"} 0']);
    expect(onUsable).not.toHaveBeenCalled();
    expect(told.events).toEqual([
      'Warning BaseDirectoryUnusable: BaseDirectoryMissing: /data does not exist: mount it',
      'Warning BaseDirectoryUnusable: ReadOnly: remount it',
    ]);
    expect(told.onChange).toHaveBeenCalledTimes(2);
    watch.stop();
  });

  test('that fails and is repaired is told both times, and has all looked at again', async () => {
    const told = watching(baseDirectory);
    const { watch, lines, onUsable, turnsInto, gauge } = told;
    await watch.start();
    await turnsInto(missing);
    expect(watch.trouble).toContain('mount it');
    await turnsInto(baseDirectory);
    expect(watch.trouble).toBeUndefined();
    expect(lines.map(({ level }) => level)).toEqual(['info', 'error', 'info']);
    expect(onUsable).toHaveBeenCalledTimes(2);
    expect(await gauge()).toEqual(['hostpath_base_directory_usable{pool="ssd",reason=""} 1']);
    expect(told.events.at(-1)).toBe(`Normal BaseDirectoryUsable: base directory ${baseDirectory.path} is usable again`);
    watch.stop();
  });

  test('has its space read at each look, and none while it cannot be used', async () => {
    const { watch, storage, turnsInto } = watching(baseDirectory);
    await watch.start();
    expect(watch.space).toEqual(storage.free);
    storage.free = { ...storage.free, freeBytes: 0 };
    await turnsInto(baseDirectory);
    expect(watch.space?.freeBytes).toBe(0);
    await turnsInto(missing);
    expect(watch.space).toBeUndefined();
    await turnsInto(baseDirectory);
    expect(watch.space?.freeBytes).toBe(0);
    watch.stop();
  });

  test('whose file system has another size is told of, once', async () => {
    const { watch, storage, onSizeChange, turnsInto } = watching(baseDirectory);
    await watch.start();
    await turnsInto(baseDirectory);
    expect(onSizeChange).toHaveBeenCalledTimes(1);
    storage.free = { ...storage.free, usableBytes: 2_000_000, sizeBytes: 2_000_000 };
    for (const _ of ['now', 'later']) await turnsInto(baseDirectory);
    expect(onSizeChange).toHaveBeenCalledTimes(2);
  });

  test('that is almost full is told once, and once when there is space again', async () => {
    const told = watching(baseDirectory);
    const { watch, storage, turnsInto, lines } = told;
    const MiB = 1024 ** 2;
    const freeBecomes = (mebibytes: number) => {
      storage.free = {
        sizeBytes: 1_000 * MiB,
        usableBytes: 1_000 * MiB,
        freeBytes: mebibytes * MiB,
        inodes: 60,
        freeInodes: 50,
      };
      return turnsInto(baseDirectory);
    };
    storage.free = { ...storage.free, freeBytes: 0 };
    await watch.start();
    for (const mebibytes of [120, 90, 120, 400, 90, 0]) await freeBecomes(mebibytes);
    const { path } = baseDirectory;
    const almostFull = (free: string) =>
      `Warning BaseDirectoryAlmostFull: base directory ${path} has only ${free} free. Free space before pods cannot write and new claims fail with NoSpace: du -xsh ${path}/* | sort -h`;
    expect(told.events).toEqual([
      almostFull('0 of 0 MiB and 1000 of 2000 inodes'),
      `Normal BaseDirectoryHasSpace: base directory ${path} has 400 of 1000 MiB and 50 of 60 inodes free`,
      almostFull('90 of 1000 MiB and 50 of 60 inodes'),
    ]);
    expect(lines.map(({ level, msg }) => `${level}: ${msg}`)).toEqual([
      'info: base directory is usable',
      'warn: base directory is almost full',
      'info: base directory has space again',
      'warn: base directory is almost full',
    ]);
    expect(watch.trouble).toBeUndefined();
    watch.stop();
  });

  test('that becomes another one has all looked at again', async () => {
    const { watch, lines, onUsable, onChange, turnsInto } = watching(baseDirectory);
    await watch.start();
    await turnsInto({ ...baseDirectory, id: 'base-2' });
    expect(lines.map(({ id }) => id)).toEqual(['base-1', 'base-2']);
    expect([onUsable.mock.calls.length, onChange.mock.calls.length]).toEqual([2, 2]);
    watch.stop();
  });

  test.each([
    ['the volumes to be listed, as at every start', 'VolumesNotListed'],
    ['its node, of which the node itself is told', 'NodeNotRegistered'],
  ] as const)('that waits for %s, is not ready, and no trouble to tell', async (_, reason) => {
    const told = watching(new StorageError(reason, 'not yet'));
    await told.watch.start();
    expect(told.watch.trouble).toBe(`${reason}: not yet`);
    expect(await told.gauge()).toEqual([`hostpath_base_directory_usable{pool="ssd",reason="${reason}"} 0`]);
    told.storage.baseDirectory = baseDirectory;
    await told.watch.inspectNow();
    expect(told.lines.map(({ level }) => level)).toEqual(['info']);
    expect(told.events).toEqual([]);
    expect(told.onUsable).toHaveBeenCalledTimes(1);
    told.watch.stop();
  });

  test('that may be another one on the node can be used, with a warning', async () => {
    const told = watching({ ...baseDirectory, elsewhere: '/srv/elsewhere' });
    await told.watch.start();
    expect(told.lines.map(({ level, msg }) => `${level}: ${msg}`)).toEqual([
      'info: base directory is usable',
      'warn: base directory may have another path on the node',
    ]);
    expect(told.events).toEqual([
      expect.stringMatching(
        `^Warning BaseDirectoryElsewhere: base directory ${baseDirectory.path} has the path /srv/elsewhere on its disk.*set hostPath.path`,
      ),
    ]);
    told.watch.stop();
  });

  test.each(['tmpfs', 'ramfs', 'overlay'])('on %s can be used, with a warning', async (fileSystem) => {
    const told = watching({ ...baseDirectory, fileSystem });
    const { watch, lines, onUsable } = told;
    await watch.start();
    expect(lines[1]).toMatchObject({ fileSystem });
    expect(lines.map(({ level }) => level)).toEqual(['info', 'warn']);
    expect(lines[1]?.msg).toContain('loses its content');
    expect(told.events).toEqual([
      expect.stringMatching(`^Warning BaseDirectoryShortLived: .*on ${fileSystem}.*loses its content`),
    ]);
    expect(onUsable).toHaveBeenCalledTimes(1);
    watch.stop();
  });

  test('is not looked at after the end', async () => {
    const { watch, onUsable, turnsInto } = watching(missing);
    await watch.start();
    watch.stop();
    await turnsInto(baseDirectory);
    expect(onUsable).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that does not answer is not asked again before it has', async () => {
    const { watch, storage, turnsInto } = watching(baseDirectory);
    await watch.start();
    const answer = Promise.withResolvers<typeof baseDirectory>();
    const inspect = vi.spyOn(storage, 'inspect').mockReturnValue(answer.promise);
    for (let looks = 0; looks < 5; looks += 1) await turnsInto(baseDirectory);
    expect(inspect).toHaveBeenCalledTimes(1);
    answer.resolve(baseDirectory);
    await turnsInto(baseDirectory);
    expect(inspect).toHaveBeenCalledTimes(2);
    watch.stop();
  });
});
