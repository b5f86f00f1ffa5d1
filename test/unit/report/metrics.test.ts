import { describe, expect, test } from 'vitest';
import { Metrics } from '../../../src/report/metrics.ts';

const sources = {
  concurrencyLimit: () => 17,
  claimQueueDepth: () => 3,
  volumeQueueDepth: () => 4,
  eventsDropped: () => 5,
  silentWatches: () => 0,
  baseDirectorySpace: () => ({ sizeBytes: 7_000, freeBytes: 800, inodes: 90, freeInodes: 9 }),
  keptDirectories: () => new Map([['AnotherCluster', 5]]),
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
  expect(text).toMatch(/\nhostpath_events_dropped(_total)? 5\n/);
  expect(text).toMatch(/\nprocess_resident_memory_bytes [1-9]\d+\n/);
});

test('the space of a base directory that cannot be used is not shown', async () => {
  let space: ReturnType<typeof sources.baseDirectorySpace> | undefined = sources.baseDirectorySpace();
  const metrics = new Metrics({ ...sources, baseDirectorySpace: () => space });
  const shown = async () =>
    (await metrics.text()).split('\n').filter((line) => /^hostpath_base_directory_\w+ /.test(line));
  expect(await shown()).toEqual([
    'hostpath_base_directory_size_bytes 7000',
    'hostpath_base_directory_free_bytes 800',
    'hostpath_base_directory_free_inodes 9',
  ]);
  space = undefined;
  expect(await shown()).toEqual([]);
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
  metrics.baseDirectoryUsable.set({ reason: '' }, 1);
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
