import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import type { Cluster } from '../support/cluster.ts';
import type { DaemonProcess } from '../support/daemon-process.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';
import { forgedVolume } from './forged-volume.ts';
import {
  fingerprints,
  furnish,
  isThere,
  labelOf,
  makeScene,
  placesOf,
  recordOf,
  type Scene,
  volumesPath,
} from './scene.ts';

/** What is put in place of a file of ours, which held `whole`. */
type Damage = [name: string, put: (path: string, whole: Json, scene: Scene) => void];

const changed = (name: string, changes: (whole: Json, scene: Scene) => Json): Damage => [
  name,
  (path, whole, scene) => writeFileSync(path, JSON.stringify(changes(whole, scene))),
];

const ofAnyFile: Damage[] = [
  ['empty', (path) => writeFileSync(path, '')],
  ['cut off', (path, whole) => writeFileSync(path, JSON.stringify(whole).slice(0, -1))],
  ['binary', (path) => writeFileSync(path, randomBytes(300))],
  ['text', (path) => writeFileSync(path, 'precious')],
  ['twice itself', (path, whole) => writeFileSync(path, JSON.stringify(whole).repeat(2))],
  ['itself and a megabyte of nothing', (path) => truncateSync(path, 2 ** 20)],
  ['nested 100,000 times', (path) => writeFileSync(path, '['.repeat(100_000))],
  ['a directory', (path) => replace(path, () => mkdirSync(path))],
  ['a pipe', (path) => replace(path, () => execFileSync('mkfifo', [path]))],
  ['a link to nowhere', (path) => replace(path, () => symlinkSync('/nowhere', path))],
  ['a link to itself', (path) => replace(path, () => symlinkSync(path, path))],
  [
    'a link to a whole one outside',
    (path, whole, { decoy }) => {
      const outside = `${decoy}-${randomUUID()}`;
      writeFileSync(outside, JSON.stringify(whole));
      replace(path, () => symlinkSync(outside, path));
    },
  ],
  changed('a list', (whole) => [whole]),
  changed('null', () => null),
  changed('a number', () => 7),
  changed('an object whose prototype is to be changed', (whole) =>
    JSON.parse(`{"__proto__":${JSON.stringify(whole)}}`),
  ),
  changed('of a version that is text', (whole) => ({ ...whole, version: '1' })),
];

const ofRecords: Damage[] = [
  changed('of another volume', (whole, { victim }) => ({ ...whole, volume: victim.volumeName })),
  changed('of a volume that is a path', (whole) => ({ ...whole, volume: `../${whole.volume}` })),
  changed('of the claim of another volume', (whole, { victim }) => ({
    ...whole,
    claim: { ...whole.claim, name: 'victim', uid: victim.claim.metadata.uid },
  })),
  changed('of a claim that never was', (whole) => ({ ...whole, claim: { ...whole.claim, uid: randomUUID() } })),
  changed('without claim', ({ claim: _, ...rest }) => rest),
  changed('with a claim that is text', (whole) => ({ ...whole, claim: whole.claim.uid })),
  changed('with a claim in a list', (whole) => ({ ...whole, claim: [whole.claim] })),
  changed('without class', ({ class: _, ...rest }) => rest),
  changed('with a node that is a number', (whole) => ({ ...whole, node: 1 })),
  changed('with a policy in small letters', (whole) => ({ ...whole, reclaimPolicy: 'delete' })),
  changed('with a time that is none', (whole) => ({ ...whole, createdAt: 'yesterday-ish' })),
];

/** Of a later release. */
const newerVersion = changed('of a newer version', (whole) => ({ ...whole, version: 2 }));

function replace(path: string, put: () => void): void {
  rmSync(path, { recursive: true });
  put();
}

/** Its first look at a volume may still see the damage before this one, as looks that are close together share what they find. */
function untilRefused(daemon: DaemonProcess, name: string, wanted: string, damage: string): Promise<true> {
  return until(`a volume is not deleted because of ${wanted}: ${damage}`, () => {
    const lines = daemon.log.filter(({ msg, volume }) => msg === 'volume not deleted' && volume === name);
    if (lines.some(({ reason }) => reason === wanted)) return true;
    throw new Error(JSON.stringify(lines));
  });
}

/** Longer than the longest back-off. */
const untilAllAreGone = (cluster: Cluster, names: string[]): Promise<true> =>
  until(
    'all volumes are gone',
    async () => {
      const found = await Promise.all(names.map((name) => cluster.readVolume(name)));
      const left = found.filter((volume) => volume !== undefined);
      if (left.length > 0) throw new Error(left.map(({ metadata }) => metadata.name).join(', '));
      return true;
    },
    { withinMs: 45_000, everyMs: 200 },
  );

describe('a released volume is left alone, and goes as soon as all is whole again', () => {
  test('when its record is damaged', async ({ cluster }) => {
    const daemon = await cluster.startDaemon();
    const scene = await makeScene(cluster);
    const damaged = [...ofAnyFile, ...ofRecords, newerVersion].map(([damage, put]) => {
      const uid = randomUUID();
      const name = `pvc-${uid}`;
      const { directory, record } = placesOf(scene, name);
      furnish(scene, name, uid, 'directory and record');
      put(record, recordOf(scene, name, uid), scene);
      return { damage, uid, name, directory, record };
    });
    const untouched = [...scene.bystanders, ...damaged.flatMap(({ directory, record }) => [directory, record])];
    const before = fingerprints(untouched);
    const create = ({ name, uid }: { name: string; uid: string }) =>
      cluster.api.create(volumesPath, forgedVolume(scene, name, uid));
    await Promise.all(damaged.map(create));
    for (const { damage, name } of damaged) {
      const reason = damage === newerVersion[0] ? 'RecordOfNewerVersion' : 'RecordDamaged';
      await untilRefused(daemon, name, reason, damage);
    }
    expect(fingerprints(untouched)).toEqual(before);

    for (const { name, uid, record } of damaged) {
      replace(record, () => writeFileSync(record, JSON.stringify(recordOf(scene, name, uid)), { mode: 0o600 }));
    }
    await untilAllAreGone(
      cluster,
      damaged.map(({ name }) => name),
    );
    expect(damaged.filter(({ directory }) => isThere(directory))).toEqual([]);
  });

  test('when the label of the base directory is damaged', async ({ cluster }) => {
    const daemon = await cluster.startDaemon();
    const scene = await makeScene(cluster);
    const label = labelOf(scene.base);
    const whole = readFileSync(label, 'utf8');
    const names: string[] = [];
    const ofLabels: [...Damage, reason: string][] = [
      ...ofAnyFile.map(([damage, put]): [...Damage, string] => [damage, put, 'BaseDirectoryDamaged']),
      [...changed('without id', ({ id: _, ...rest }) => rest), 'BaseDirectoryDamaged'],
      [...changed('with an id that is a path', (label) => ({ ...label, id: '../decoy' })), 'BaseDirectoryDamaged'],
      [...changed('with another id', (label) => ({ ...label, id: randomUUID() })), 'AnotherBaseDirectory'],
      [...newerVersion, 'BaseDirectoryOfNewerVersion'],
      ['missing', (path) => rmSync(path), 'BaseDirectoryDamaged'],
    ];
    for (const [damage, put, reason] of ofLabels) {
      const uid = randomUUID();
      const name = `pvc-${uid}`;
      names.push(name);
      furnish(scene, name, uid, 'directory and record');
      put(label, JSON.parse(whole), scene);
      const untouched = [...scene.bystanders, join(scene.base, name)];
      const before = fingerprints(untouched);
      await cluster.api.create(volumesPath, forgedVolume(scene, name, uid));
      await untilRefused(daemon, name, reason, damage);
      expect(fingerprints(untouched)).toEqual(before);
      rmSync(label, { recursive: true, force: true });
      writeFileSync(label, whole, { mode: 0o600 });
    }
    await untilAllAreGone(cluster, names);
  });
});
