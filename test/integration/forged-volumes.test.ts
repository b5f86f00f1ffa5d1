import { randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import type { DaemonProcess } from '../support/daemon-process.ts';
import { fingerprint } from '../support/fingerprint.ts';
import { until } from '../support/until.ts';
import { type Forgery, forge, forgeries, type Scene, type Verdict } from './forgeries.ts';

/**
 * Forges every volume of the table at once, behind each a directory with content, lets two daemons look at them, one that
 * runs meanwhile and one that starts afterwards, and then compares the world with what it was.
 */

const volumesPath = '/api/v1/persistentvolumes';

interface Forged {
  forgery: Forgery;
  name: string;
  /** What lies on the disk under its name. */
  places: string[];
  before: string[];
}

let cluster: Cluster;
let bystanders: string[];
let bystandersBefore: string[];
const forged = new Map<string, Forged>();
const answers = new Map<string, number>();
const said = new Map<string, Set<string>>();

const fingerprints = (paths: string[]): string[] =>
  paths.flatMap((path) => (isThere(path) ? fingerprint(path) : [`${path} is missing`]));

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function fill(path: string): void {
  mkdirSync(join(path, 'logs'), { recursive: true });
  writeFileSync(join(path, 'data'), 'precious');
  writeFileSync(join(path, 'logs', 'segment'), 'precious');
}

async function makeScene(): Promise<Scene> {
  const { base, folder, nodeName, provisioner, className, namespace } = cluster;
  const decoy = join(folder, 'decoy');
  for (const path of [decoy, `${base}-evil/x`]) fill(path);
  symlinkSync(decoy, join(base, 'link-to-decoy'));
  await cluster.createClaim('victim');
  const { claim, volume, directory } = await cluster.untilBound('victim');
  fill(directory);
  const { id: baseId } = JSON.parse(readFileSync(join(base, '.hostpath-provisioner/base.json'), 'utf8'));
  const victim = { claim, volumeName: volume.metadata.name, directory };
  return { base, baseId, nodeName, provisioner, className, namespace, victim, decoy };
}

/** @returns the places under the volume's name */
function furnish(disk: Forgery['disk'] = 'directory and record', name: string, uid: string, scene: Scene): string[] {
  const state = join(scene.base, '.hostpath-provisioner');
  const directory = join(scene.base, name);
  const record = join(state, 'volumes', `${name}.json`);
  if (disk === 'trash') fill(join(state, 'trash', name, 'directory'));
  if (disk.startsWith('directory')) fill(directory);
  if (disk.startsWith('link')) symlinkSync(scene.decoy, directory);
  if (disk.startsWith('file')) writeFileSync(directory, 'precious');
  if (disk.endsWith('record')) {
    const claim = { namespace: scene.namespace, name: 'nobody', uid };
    const rest = { class: scene.className, node: scene.nodeName, reclaimPolicy: 'Delete' };
    const fields = { version: 1, volume: name, claim, ...rest, createdAt: new Date().toISOString() };
    writeFileSync(record, `${JSON.stringify(fields)}\n`, { mode: 0o600 });
  }
  return [directory, record, join(state, 'trash', name)];
}

async function make(forgery: Forgery, scene: Scene): Promise<void> {
  const uid = randomUUID();
  const { name, object } = forge(forgery, uid, scene);
  if (forgery.verdict !== 'refused by Kubernetes') {
    const places = furnish(forgery.disk, name, uid, scene);
    // A volume that is to be retained has that noted in its record.
    const compared = forgery.verdict === 'kept' ? places.slice(0, 1) : places;
    forged.set(forgery.name, { forgery, name, places, before: fingerprints(compared) });
  }
  const { status } = await cluster.api.send('POST', volumesPath, object);
  answers.set(forgery.name, status);
  if (status !== 201) return;
  if (forgery.phase !== undefined) {
    await until(
      `${forgery.name} has a phase`,
      async () => (await cluster.readVolume(name))?.status?.phase === 'Released',
    );
    const changes = { status: { phase: forgery.phase } };
    const type = { 'content-type': 'application/merge-patch+json' };
    await cluster.api.send('PATCH', `${volumesPath}/${name}/status`, changes, type);
  }
  if (forgery.deleting) await cluster.api.delete(`${volumesPath}/${name}`);
}

/** A volume that is right in every respect; when it has gone, what was changed before it has been looked at. */
async function untilCanaryIsDeleted(scene: Scene): Promise<void> {
  const uid = randomUUID();
  const { name, object } = forge({ name: 'canary', verdict: 'deleted' }, uid, scene);
  furnish('directory and record', name, uid, scene);
  await cluster.api.create(volumesPath, object);
  await cluster.untilVolumeGone(name);
}

function take(daemon: DaemonProcess): void {
  for (const { msg, volume, reason } of daemon.log) {
    if (msg !== 'volume not deleted') continue;
    said.set(volume, (said.get(volume) ?? new Set()).add(reason));
  }
}

const isSilent = (verdict: Verdict): boolean => ['left', 'kept', 'deleted', 'refused by Kubernetes'].includes(verdict);

async function untilSaid(daemon: DaemonProcess): Promise<void> {
  await until('the daemon says what is wrong with each', () => {
    take(daemon);
    const unsaid = [...forged.values()].filter(({ forgery, name }) => !isSilent(forgery.verdict) && !said.has(name));
    if (unsaid.length > 0) throw new Error(unsaid.map(({ forgery }) => forgery.name).join('; '));
    return true;
  });
}

beforeAll(async () => {
  cluster = await Cluster.make(inject('adminKubeconfigPath'));
  const first = await cluster.startDaemon();
  const scene = await makeScene();
  bystanders = [scene.decoy, `${scene.base}-evil`, scene.victim.directory, join(scene.base, 'link-to-decoy')];
  bystandersBefore = fingerprints(bystanders);
  await Promise.all(forgeries.map((forgery) => make(forgery, scene)));
  await untilSaid(first);
  await untilCanaryIsDeleted(scene);
  take(first);
  await first.kill('SIGKILL');
  said.clear();
  const second = await cluster.startDaemon();
  await untilSaid(second);
  await untilCanaryIsDeleted(scene);
  take(second);
});

afterAll(async () => {
  await cluster.removeDaemons();
  await Promise.all(
    [...forged.values()].map(async ({ name }) => {
      const path = `${volumesPath}/${encodeURIComponent(name)}`;
      const type = { 'content-type': 'application/merge-patch+json' };
      await cluster.api.send('PATCH', path, { metadata: { finalizers: null } }, type);
      await cluster.api.send('DELETE', path);
    }),
  );
  await cluster.remove();
});

test('there are at least 200 forgeries, each with a name of its own', () => {
  expect(forgeries.length).toBeGreaterThanOrEqual(200);
  expect(new Set(forgeries.map(({ name }) => name)).size).toBe(forgeries.length);
});

test('nothing beside the volumes that are rightly deleted is changed by one byte', () => {
  expect(fingerprints(bystanders)).toEqual(bystandersBefore);
});

describe('a forged volume', () => {
  test.for(forgeries.map((forgery) => [`${forgery.name}: ${forgery.verdict}`, forgery] as const))(
    '%s',
    async ([, { name: title, verdict, deleting }]) => {
      if (verdict === 'refused by Kubernetes') {
        expect(answers.get(title)).toBeGreaterThanOrEqual(400);
        return;
      }
      expect(answers.get(title)).toBe(201);
      const { name, places, before } = forged.get(title) as Forged;
      const reasons = [...(said.get(name) ?? [])];
      if (verdict === 'deleted') {
        await cluster.untilVolumeGone(name);
        await until(`nothing is left of ${name}`, () => !places.some(isThere));
        expect(reasons).toEqual([]);
      } else if (verdict === 'kept') {
        expect(fingerprints(places.slice(0, 1))).toEqual(before);
        if (deleting) await cluster.untilVolumeGone(name);
      } else {
        expect(fingerprints(places)).toEqual(before);
        expect(reasons).toEqual(verdict === 'left' ? [] : [verdict]);
        expect(await cluster.readVolume(name)).toBeDefined();
      }
    },
  );
});
