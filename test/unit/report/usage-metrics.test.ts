import { expect, test } from 'vitest';
import { type PoolUsage, usageMetrics, type VolumeUsage } from '../../../src/report/usage-metrics.ts';

const limited: VolumeUsage = {
  volume: 'pvc-limited',
  capacityBytes: 100,
  usedBytes: 30,
  availableBytes: 70,
  inodes: 3,
  ageSeconds: 0,
};
const counted: VolumeUsage = { ...limited, volume: 'pvc-counted', availableBytes: undefined, ageSeconds: 1_800 };
const unknown: VolumeUsage = {
  ...counted,
  volume: 'pvc-new',
  usedBytes: undefined,
  inodes: undefined,
  ageSeconds: undefined,
};

const pool = (changes: Partial<PoolUsage>): PoolUsage => ({
  pool: 'ssd',
  volumes: [],
  trashBytes: undefined,
  freeBytes: 500,
  ...changes,
});

/** The values, without the names that all metrics of volumes begin with. */
const valuesOf = (text: string): string[] =>
  text.split('\n').flatMap((line) => (/^hostpath_/.test(line) ? [line.replace('hostpath_volume_', '')] : []));

const labels = (volume: string) => `{pool="ssd",volume="${volume}"}`;

test.each<[string, Partial<PoolUsage>, string[]]>([
  [
    'a volume that a quota counts',
    { volumes: [limited] },
    ['capacity_bytes', 'used_bytes', 'available_bytes', 'inodes', 'usage_age_seconds'].map(
      (name, index) => `${name}${labels('pvc-limited')} ${[100, 30, 70, 3, 0][index]}`,
    ),
  ],
  [
    'a volume that was counted, which can have all that is free',
    { volumes: [counted] },
    ['capacity_bytes', 'used_bytes', 'available_bytes', 'inodes', 'usage_age_seconds'].map(
      (name, index) => `${name}${labels('pvc-counted')} ${[100, 30, 500, 3, 1_800][index]}`,
    ),
  ],
  [
    'a volume of which nothing is known yet, on a disk that cannot be used',
    { volumes: [unknown], freeBytes: undefined },
    [`capacity_bytes${labels('pvc-new')} 100`],
  ],
  ['the trash', { trashBytes: 7 }, ['hostpath_trash_bytes{pool="ssd"} 7']],
])('shows %s', (_, usage, values) => {
  expect(valuesOf(usageMetrics([pool(usage)]))).toEqual(values);
});

/** Every metric of Prometheus' text format has one head, and its values follow it. */
test('has each metric once, with the values of all pools below its head', () => {
  const volumes = [limited, counted];
  const text = usageMetrics([pool({ volumes }), pool({ pool: 'hdd', volumes, trashBytes: 7 })]);
  expect(text).toMatch(/^(# HELP (\S+) .+\n# TYPE \2 gauge\n(\2\{.*\} \d+\n)*)+$/);
  const heads = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(new Set(heads).size).toBe(heads.length);
});

test('has the heads while there are no volumes', () => {
  expect(usageMetrics([]).match(/^# TYPE /gm)).toHaveLength(6);
});
