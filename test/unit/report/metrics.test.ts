import { describe, expect, test } from 'vitest';
import { version } from '../../../src/model/version.ts';
import { type MetricSources, Metrics } from '../../../src/report/metrics.ts';

const sources: MetricSources = {
  concurrencyLimit: () => 17,
  claimQueueDepth: () => 3,
  volumeQueueDepth: () => 4,
  eventsDropped: () => 5,
  silentWatches: () => 0,
  pools: () => [
    {
      name: 'ssd',
      space: { sizeBytes: 7_000, usableBytes: 6_000, freeBytes: 800, inodes: 90, freeInodes: 9 },
      room: { room: { sizeBytes: 6_000, reservedBytes: 600, promisedBytes: 4_000, keptBytes: 0, inodes: 90 } },
    },
  ],
  usage: async () => [],
  keptDirectories: () => new Map([['AnotherCluster', 5]]),
  orphanDirectories: () => new Map([['ssd', 8]]),
  runningClones: () => 2,
  volumesWithoutDirectory: () => new Map([['DirectoryMissing', 6]]),
};

/** Every line that is a value, without the value. */
async function series(metrics: Metrics): Promise<string[]> {
  const lines = (await metrics.text()).split('\n');
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(0, line.lastIndexOf(' ')));
}

describe('metrics under the names and labels of the Go library', () => {
  test.each([
    ['controller_persistentvolumeclaim_provision_total', 'counter', '{class="fast",source="PersistentVolumeClaim"}'],
    ['controller_persistentvolumeclaim_provision_failed_total', 'counter', '{class="fast",source=""}'],
    ['controller_persistentvolume_delete_total', 'counter', '{class="fast"}'],
    ['controller_persistentvolume_delete_failed_total', 'counter', '{class="fast"}'],
  ])('%s', async (name, type, labels) => {
    const metrics = new Metrics(sources);
    metrics.provisioned.inc({ class: 'fast', source: 'PersistentVolumeClaim' });
    metrics.provisionFailed.inc({ class: 'fast', source: '' });
    metrics.deleted.inc({ class: 'fast' });
    metrics.deleteFailed.inc({ class: 'fast' });
    const text = await metrics.text();
    expect(text).toContain(`\n# TYPE ${name} ${type}\n`.slice(1));
    expect(text).toContain(`\n${name}${labels} 1\n`);
  });

  test('durations in the buckets of the Go client', async () => {
    const metrics = new Metrics(sources);
    metrics.provisionDuration.observe({ class: 'fast', source: '' }, 0.2);
    metrics.deleteDuration.observe({ class: 'fast' }, 0.2);
    const bounds = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf'];
    const expected = [
      ['controller_persistentvolumeclaim_provision_duration_seconds', 'class="fast",source=""'],
      ['controller_persistentvolume_delete_duration_seconds', 'class="fast"'],
    ].flatMap(([name, labels]) => [
      ...bounds.map((bound) => `${name}_bucket{le="${bound}",${labels}}`),
      `${name}_sum{${labels}}`,
      `${name}_count{${labels}}`,
    ]);
    const durations = (await series(metrics)).filter((line) => line.includes('duration_seconds'));
    expect(durations.toSorted()).toEqual(expected.toSorted());
  });
});

test('depths, drops and the limit are read when they are asked for', async () => {
  const text = await new Metrics(sources).text();
  expect(text).toContain('\nhostpath_concurrency_limit 17\n');
  expect(text).toContain('\nhostpath_claim_queue_depth 3\n');
  expect(text).toContain('\nhostpath_volume_queue_depth 4\n');
  expect(text).toContain('\nhostpath_clones_running 2\n');
  expect(text).toContain('\nhostpath_orphan_directories{pool="ssd"} 8\n');
  expect(text).toContain(`\nhostpath_build_info{version="${version}"} 1\n`);
  expect(text).toMatch(/\nhostpath_events_dropped(_total)? 5\n/);
  expect(text).toMatch(/\nprocess_resident_memory_bytes [1-9]\d+\n/);
});

test('the space and the room of a base directory that cannot be used is not shown', async () => {
  let pools = sources.pools();
  const metrics = new Metrics({ ...sources, pools: () => pools });
  const shown = async () =>
    (await metrics.text()).split('\n').filter((line) => /^hostpath_base_directory_\w+\{/.test(line));
  expect(await shown()).toEqual([
    'hostpath_base_directory_size_bytes{pool="ssd"} 7000',
    'hostpath_base_directory_free_bytes{pool="ssd"} 800',
    'hostpath_base_directory_inodes{pool="ssd"} 90',
    'hostpath_base_directory_free_inodes{pool="ssd"} 9',
    'hostpath_base_directory_promised_bytes{pool="ssd"} 4000',
    'hostpath_base_directory_reserved_bytes{pool="ssd"} 600',
    'hostpath_base_directory_used_inodes{pool="ssd"} 81',
  ]);
  pools = [{ name: 'ssd', space: undefined, room: { room: undefined } }];
  expect(await shown()).toEqual([]);
});

test('a file system without a fixed number of inodes has none', async () => {
  const [pool] = sources.pools();
  const space = pool?.space && { ...pool.space, inodes: 0, freeInodes: 0 };
  const metrics = new Metrics({ ...sources, pools: () => (pool ? [{ ...pool, space }] : []) });
  expect(await series(metrics)).not.toContain('hostpath_base_directory_inodes{pool="ssd"}');
});

test('a reason that no volume has any more is not shown', async () => {
  let lost = new Map([['DirectoryMissing', 6]]);
  const metrics = new Metrics({ ...sources, volumesWithoutDirectory: () => lost });
  expect(await metrics.text()).toContain('\nhostpath_volumes_without_directory{reason="DirectoryMissing"} 6\n');
  lost = new Map();
  expect(await metrics.text()).not.toContain('hostpath_volumes_without_directory{');
});

test('what is not the Go library’s has a name of ours', async () => {
  const metrics = new Metrics(sources);
  metrics.failures.inc({ flow: 'provision', reason: 'NoSpace' });
  metrics.baseDirectoryUsable.set({ pool: 'ssd', reason: '' }, 1);
  const text = await metrics.text();
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(names.filter((name) => !/^(controller_persistentvolume|hostpath_|process_)/.test(name ?? ''))).toEqual([]);
  expect(text).toContain('\nhostpath_failures_total{flow="provision",reason="NoSpace"} 1\n');
});

test('two daemons in one process do not share their figures', async () => {
  const [one, other] = [new Metrics(sources), new Metrics(sources)];
  one.deleted.inc({ class: 'fast' });
  expect(await other.text()).not.toContain('class="fast"');
});
