import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { journalName, stateName, trashName } from '../src/disk/layout.ts';
import { annotations } from '../src/model/names.ts';
import type { Json } from '../test/support/api.ts';
import { readManifests } from '../test/support/manifests.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { DemoTools } from './demo-tools.ts';
import { eventsOf } from './events.ts';
import { DemoFailure, waitUntilNothing } from './failure.ts';
import { stopDaemon } from './local-daemon.ts';
import type { Place } from './place.ts';
import { count } from './report.ts';

/** One claim of the demo, and what has become of it. */
interface Bound {
  claim: string;
  afterMs: number;
  volume: string;
  path: string;
}

/** From claims to volumes and directories, and back. @throws {DemoFailure} when a step does not hold */
export async function play(place: Place, namespace: string, tools: DemoTools): Promise<void> {
  const { report } = tools;
  const bound = await bindClaims(place, namespace, tools);
  const here = place.local !== undefined || bound.every(({ path }) => existsSync(path));
  await showDirectories(bound, here, tools);
  await deleteClaims(bound, { here, place, namespace }, tools);
  if (place.local !== undefined) await endLocalDaemon(place.local, tools);
  await expectNoWarnings(place.client, namespace);
  report.held('no Warning Event on the way');
}

/** A daemon that stops sends the Events that it still has. */
async function endLocalDaemon(local: NonNullable<Place['local']>, tools: DemoTools): Promise<void> {
  await expectNothingLeft(local.baseDirectory, tools);
  tools.report.held('nothing is left: base directory, journal and trash are empty');
  const status = await stopDaemon(local.daemon);
  if (status !== 0) throw new DemoFailure('the daemon ends with exit status 0', [`it was ${status}`]);
  tools.report.held('daemon stopped, exit status 0');
}

async function bindClaims(
  { client, nodeName }: Place,
  namespace: string,
  { report, signal }: DemoTools,
): Promise<Bound[]> {
  const claims = [...readManifests('manifests/claim.yaml'), ...readManifests('manifests/kafka/claims.yaml')];
  const boundAtMs = new Map<string, number>();
  const latest = new Map<string, Json>();
  await client.watch(claimsOf(namespace), (claim) => {
    const { name } = claim.metadata;
    latest.set(name, claim);
    if (claim.status?.phase === 'Bound' && !boundAtMs.has(name)) boundAtMs.set(name, performance.now());
  });

  const createdAtMs = performance.now();
  // The class waits for the first pod of a claim, for which the scheduler selects a node. Here are no pods.
  const chosen = { namespace, annotations: { [annotations.selectedNode]: nodeName } };
  await Promise.all(claims.map((claim) => client.create({ ...claim, metadata: { ...claim.metadata, ...chosen } })));
  report.did(
    `created ${count(claims.length, 'claim')}, for pods on "${nodeName}": manifests/claim.yaml and manifests/kafka/claims.yaml`,
  );
  await waitUntilNothing(
    'every claim is Bound',
    () => {
      const unbound = claims.filter(({ metadata }) => !boundAtMs.has(metadata.name));
      return unbound.map(({ metadata: { name } }) => `claim ${name} is ${latest.get(name)?.status?.phase ?? 'unseen'}`);
    },
    { signal },
  );
  report.held(`${count(claims.length, 'claim')} Bound`);
  return Promise.all(
    claims.map(async ({ metadata: { name } }) => {
      const volume = latest.get(name).spec.volumeName;
      const { spec } = await client.get(`/api/v1/persistentvolumes/${volume}`);
      return { claim: name, afterMs: (boundAtMs.get(name) ?? 0) - createdAtMs, volume, path: spec.hostPath.path };
    }),
  );
}

async function showDirectories(bound: Bound[], here: boolean, { report }: DemoTools): Promise<void> {
  const rows = await Promise.all(
    bound.map(async ({ claim, afterMs, volume, path }) => [
      claim,
      `${Math.round(afterMs)} ms`,
      volume,
      here ? ((await stat(path)).mode & 0o7777).toString(8).padStart(4, '0') : 'on the node',
    ]),
  );
  report.table([['CLAIM', 'BOUND AFTER', 'VOLUME AND DIRECTORY', 'MODE'], ...rows], 1);
  if (!here) {
    report.did('the directories are on the nodes, not on this machine: looking at the volume objects alone');
    return;
  }
  const [first] = bound;
  const base = join(first?.path ?? '', '..');
  if (new Set(bound.map(({ path }) => path)).size < bound.length || rows.some((row) => row[3] !== '0777')) {
    throw new DemoFailure('each claim has a directory of its own, with mode 0777');
  }
  report.held(`${count(bound.length, 'directory', 'directories')} in ${base}, each of them writable for any user`);
  for (const { path, claim } of bound) {
    const file = join(path, 'SUCCESS');
    await writeFile(file, claim, { flag: 'wx' });
    const text = await readFile(file, 'utf8');
    if (text !== claim) throw new DemoFailure(`${file} reads as it was written`, [text]);
  }
  report.held('wrote a file SUCCESS into each and read it back');
}

async function deleteClaims(
  bound: Bound[],
  { here, place: { client }, namespace }: { here: boolean; place: Place; namespace: string },
  { report, signal }: DemoTools,
): Promise<void> {
  await Promise.all(bound.map(({ claim }) => client.delete(`${claimsOf(namespace)}/${claim}`)));
  report.did(`deleted the ${count(bound.length, 'claim')}`);
  const ours = new Set(bound.map(({ volume }) => volume));
  await waitUntilNothing(
    'every volume is gone',
    async () => {
      const left = (await client.list('/api/v1/persistentvolumes')).filter(({ metadata }) => ours.has(metadata.name));
      return left.map(({ metadata, status }) => `volume ${metadata.name} is ${status?.phase}`);
    },
    { signal },
  );
  report.held(`${count(bound.length, 'volume')} gone`);
  if (!here) return;
  const left = () => bound.filter(({ path }) => existsSync(path)).map(({ path }) => `${path} is there`);
  await waitUntilNothing('every directory is gone', left, { signal });
  report.held(`${count(bound.length, 'directory', 'directories')} gone, and the files in them`);
}

/** What was put right without help must not trouble the user. */
async function expectNoWarnings(client: ClusterClient, namespace: string): Promise<void> {
  const warnings = (await eventsOf(client, namespace)).filter(({ type }) => type === 'Warning');
  if (warnings.length > 0) throw new DemoFailure('there is no Warning Event');
}

/** Trash is erased a moment after the volume is gone, so it is waited for. */
async function expectNothingLeft(baseDirectory: string, { signal }: DemoTools): Promise<void> {
  const state = join(baseDirectory, stateName);
  const left = async () => {
    const places = [baseDirectory, join(state, journalName), join(state, trashName)];
    const names = await Promise.all(
      places.map(async (place) => (await readdir(place)).map((name) => join(place, name))),
    );
    return names.flat().filter((path) => path !== state);
  };
  await waitUntilNothing('nothing is left in the base directory', left, { signal });
}

const claimsOf = (namespace: string): string => `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
