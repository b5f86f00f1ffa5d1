import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LimitsWatch } from '../../../src/changes/limits.ts';
import { StorageError } from '../../../src/disk/port.ts';
import { BaseDirectoryReport } from '../../../src/report/base-directory-report.ts';
import { Metrics } from '../../../src/report/metrics.ts';
import { baseDirectory, nodeName, volumeRecord } from '../../support/build-views.ts';
import { capturedLog } from '../../support/captured-log.ts';
import { FakeStorage } from '../../support/fake-storage.ts';
import { atRest } from '../../support/metric-sources.ts';

const quota = { id: 7, bytes: 2 ** 30 };

let storage: FakeStorage;
let told: string[];
let watch: LimitsWatch;
beforeEach(() => {
  vi.useFakeTimers();
  storage = new FakeStorage();
  told = [];
  watch = new LimitsWatch({
    storage,
    report: {
      limitsHeld: (path, repaired) => void told.push(`${path} ${repaired ? 'again' : 'holds'}`),
      limitsNotHeld: (path, why) => void told.push(`${path} not: ${why}`),
    },
  });
});
afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

const pass = () => vi.advanceTimersByTimeAsync(30_000);

describe('a base directory', () => {
  test('without a volume that has a limit is not talked of, until there is one', async () => {
    storage.put(volumeRecord());
    watch.start();
    await pass();
    expect(told).toEqual([]);
    storage.put(volumeRecord({ quota }));
    storage.support = { by: 'project' };
    await pass();
    expect(told).toEqual([`${storage.basePath} holds`]);
  });

  test('whose limits do not hold is reported once, and again when they do', async () => {
    storage.put(volumeRecord({ quota }));
    watch.start();
    await pass();
    await pass();
    expect(told).toEqual([`${storage.basePath} not: mount it with prjquota`]);
    storage.support = { by: 'project' };
    await pass();
    await pass();
    expect(told.slice(1)).toEqual([`${storage.basePath} again`]);
    storage.support = { by: undefined, message: 'turned off' };
    watch.look();
    await vi.advanceTimersByTimeAsync(0);
    expect(told.slice(2)).toEqual([`${storage.basePath} not: turned off`]);
  });

  test('that cannot be used is reported by its own watch', async () => {
    storage.put(volumeRecord({ quota }));
    storage.baseDirectory = new StorageError('BaseDirectoryMissing', 'mount it');
    watch.start();
    await pass();
    expect(told).toEqual([]);
    storage.baseDirectory = baseDirectory;
    await pass();
    expect(told).toHaveLength(1);
  });

  test('whose disk does not answer is not asked again before it does', async () => {
    const ask = vi.spyOn(storage, 'limitSupport').mockReturnValue(new Promise(() => {}));
    watch.start();
    await pass();
    await pass();
    expect(ask).toHaveBeenCalledTimes(1);
  });
});

test('is reported as an Event of the node with the command, and as a metric, which is missing without limits', async () => {
  const events: string[] = [];
  const metrics = new Metrics(atRest);
  const metric = async () => /^hostpath_base_directory_limits_held.*$/m.exec(await metrics.text())?.[0];
  const report = new BaseDirectoryReport({
    log: capturedLog().log,
    metrics,
    events: {
      emit: ({ regarding, type, reason, message }) =>
        void events.push([regarding.kind, type, reason, message].join(' ')),
    },
    nodeName,
    pool: 'ssd',
  });
  report.limitsHeld('/mnt/ssd', false);
  expect(events).toEqual([]);
  report.limitsNotHeld('/mnt/ssd', 'Mount it with prjquota');
  expect(await metric()).toBe('hostpath_base_directory_limits_held{pool="ssd"} 0');
  report.limitsHeld('/mnt/ssd', true);
  expect(await metric()).toBe('hostpath_base_directory_limits_held{pool="ssd"} 1');
  expect(events).toEqual([
    'Node Warning LimitsNotHeld base directory /mnt/ssd has volumes with limits, and nothing holds them to these: one may fill the disk. Mount it with prjquota',
    'Node Normal LimitsHeld base directory /mnt/ssd holds volumes to their limits again',
  ]);
});
