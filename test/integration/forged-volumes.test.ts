import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import type { DaemonProcess } from '../support/daemon-process.ts';
import { until } from '../support/until.ts';
import { forgedVolume } from './forged-volume.ts';
import { type Forgery, forgeries, type Verdict } from './forgeries.ts';
import {
  fingerprints,
  furnish,
  isThere,
  makeScene,
  placesOf,
  removeVolumes,
  type Scene,
  untilCanaryIsDeleted,
  volumesPath,
} from './scene.ts';

/**
 * Forges every volume of the table at once, lets two daemons look at them, one that runs meanwhile and one that starts
 * afterwards, and then compares the world with what it was.
 */

interface Forged {
  forgery: Forgery;
  name: string;
  /** What lies on the disk under its name and may not change. */
  places: string[];
  before: string[];
}

let cluster: Cluster;
let scene: Scene;
let bystandersBefore: string[];
/** By the names of the forgeries. */
const forged = new Map<string, Forged>();
const statuses = new Map<string, number>();
/** Reasons, by the names of volumes. */
const said = new Map<string, Set<string>>();

async function make(forgery: Forgery): Promise<void> {
  const uid = randomUUID();
  const name = forgery.objectName?.(uid) ?? `pvc-${uid}`;
  const { directory, record, trash } = placesOf(scene, name);
  if (forgery.verdict !== 'refused by Kubernetes') {
    furnish(scene, name, uid, forgery.disk ?? 'directory and record');
    // That it is to be retained is noted in its record.
    const places = forgery.verdict === 'kept' ? [directory, trash] : [directory, record, trash];
    forged.set(forgery.name, { forgery, name, places, before: fingerprints(places) });
  }
  const deviations = forgery.changes?.(scene, { name, path: directory });
  const notYetOurs = forgery.phase === undefined ? {} : { identity: 'not-yet' };
  const object = forgedVolume(scene, name, uid, { ...deviations, ...notYetOurs });
  const { status } = await cluster.api.send('POST', volumesPath, object);
  statuses.set(forgery.name, status);
  if (status !== 201) return;
  if (forgery.phase !== undefined) await changePhase(name, forgery.phase);
  if (forgery.deleting) await cluster.api.delete(`${volumesPath}/${name}`);
}

/** The volume is called ours only afterwards: as one that is released and ours, it would be deleted meanwhile, and rightly. */
async function changePhase(name: string, phase: string): Promise<void> {
  await until(`${name} has the phase that Kubernetes gives`, async () => {
    return (await cluster.readVolume(name))?.status?.phase === 'Released';
  });
  await cluster.api.patch(`${volumesPath}/${name}/status`, { status: { phase } });
  const annotations = { hostPathProvisionerIdentity: scene.nodeName };
  await cluster.api.patch(`${volumesPath}/${name}`, { metadata: { annotations } });
}

function take(daemon: DaemonProcess): void {
  for (const { msg, volume, reason } of daemon.log) {
    if (msg === 'volume not deleted') said.set(volume, (said.get(volume) ?? new Set()).add(reason));
  }
}

const silent: readonly Verdict[] = ['left', 'kept', 'deleted', 'refused by Kubernetes'];

async function untilAllIsSaid(daemon: DaemonProcess): Promise<void> {
  const isSaid = () => {
    take(daemon);
    const all = [...forged.values()];
    const unsaid = all.filter(({ forgery, name }) => !silent.includes(forgery.verdict) && !said.has(name));
    if (unsaid.length > 0) throw new Error(unsaid.map(({ forgery }) => forgery.name).join('; '));
    return true;
  };
  await until('the daemon has said what is wrong with each', isSaid, { withinMs: 60_000, everyMs: 200 });
}

beforeAll(async () => {
  cluster = await Cluster.make(inject('adminKubeconfigPath'));
  const first = await cluster.startDaemon();
  scene = await makeScene(cluster);
  bystandersBefore = fingerprints(scene.bystanders);
  await Promise.all(forgeries.map(make));
  await untilAllIsSaid(first);
  await untilCanaryIsDeleted(cluster, scene);
  take(first);
  await first.kill('SIGKILL');
  said.clear();
  const second = await cluster.startDaemon();
  await untilAllIsSaid(second);
  await untilCanaryIsDeleted(cluster, scene);
  take(second);
}, 180_000);

afterAll(async () => {
  await cluster.removeDaemons();
  await removeVolumes(
    cluster,
    [...forged.values()].map(({ name }) => name),
  );
  await cluster.remove();
});

test('there are at least 200 forgeries, each with a name of its own', () => {
  expect(forgeries.length).toBeGreaterThanOrEqual(200);
  expect(new Set(forgeries.map(({ name }) => name)).size).toBe(forgeries.length);
});

test('the volume in use, the decoys beside the base directory and the link to one are not changed by one byte', () => {
  expect(fingerprints(scene.bystanders)).toEqual(bystandersBefore);
});

describe('a forged volume', () => {
  test.for(forgeries.map((forgery) => [`${forgery.name}: ${forgery.verdict}`, forgery] as const))(
    '%s',
    async ([, { name: title, verdict, deleting }]) => {
      if (verdict === 'refused by Kubernetes') {
        expect(statuses.get(title)).toBeGreaterThanOrEqual(400);
        return;
      }
      expect(statuses.get(title)).toBe(201);
      const { name, places, before } = forged.get(title) as Forged;
      const reasons = [...(said.get(name) ?? [])];
      if (verdict === 'deleted') {
        await cluster.untilVolumeGone(name);
        await until(`nothing is left of ${name}`, () => !places.some(isThere));
        expect(reasons).toEqual([]);
        return;
      }
      expect(fingerprints(places)).toEqual(before);
      if (verdict === 'kept' && deleting) await cluster.untilVolumeGone(name);
      else expect(await cluster.readVolume(name)).toBeDefined();
      if (verdict !== 'kept') expect(reasons).toEqual(verdict === 'left' ? [] : [verdict]);
    },
  );
});
