/**
 * The floor: the least that a provisioner must do for a volume, in a loop, and nothing else. `floor.ts` starts this program
 * with the kind of floor, a kubeconfig and an empty directory. It prints a `FloorRate` for each load.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finalizer, volumeNameFor } from '../../src/model/names.ts';
import { inLoops } from '../cluster/in-loops.ts';
import { type BareClient, bareClient } from './bare-client.ts';
import type { FloorKind, FloorRate } from './floor.ts';
import { floorClaim, volumeLikeOurs } from './floor-volume.ts';

const claimPath = `/api/v1/namespaces/${floorClaim.namespace}/persistentvolumeclaims/${floorClaim.name}`;
const volumesPath = '/api/v1/persistentvolumes';

interface Floor {
  /** How many volumes are measured, by the number of volumes at once. */
  counts: Record<number, number>;
  /** What a volume needs before it can be measured. */
  prepare(uid: string, send: BareClient): Promise<void>;
  /** What is measured. */
  act(uid: string, send: BareClient): Promise<void>;
}

const [kind = '', kubeconfigPath = '', directory = ''] = process.argv.slice(2);
const trash = join(directory, 'trash');
const directoryOf = (uid: string): string => join(directory, volumeNameFor(uid));

const floors: Record<FloorKind, Floor> = {
  provision: {
    counts: { 1: 1_000, 16: 3_000, 64: 3_000 },
    prepare: async () => {},
    act: makeVolume,
  },
  delete: {
    counts: { 1: 300, 16: 1_000, 64: 1_000 },
    prepare: makeReleasedVolume,
    act: deleteVolume,
  },
};

mkdirSync(trash);
const floor = floors[kind as FloorKind];
const rates: FloorRate[] = [];
for (const [atOnce, count] of Object.entries(floor.counts)) rates.push(await measure(floor, Number(atOnce), count));
process.stdout.write(JSON.stringify(rates), () => process.exit());

async function measure({ prepare, act }: Floor, atOnce: number, count: number): Promise<FloorRate> {
  const send = bareClient(kubeconfigPath, atOnce);
  const uids = Array.from({ length: atOnce + count }, () => randomUUID());
  await inLoops(16, uids.length, (index) => prepare(uids[index] ?? '', send));
  const actOnNext = () => act(uids.pop() ?? '', send);
  await inLoops(atOnce, atOnce, actOnNext); // opens the connections

  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  await inLoops(atOnce, count, actOnNext);
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { atOnce, ratePerSecond: (count / elapsedMs) * 1_000, cpuMs: (user + system) / 1_000 / count };
}

async function makeVolume(uid: string, send: BareClient): Promise<void> {
  const path = directoryOf(uid);
  mkdirSync(path);
  await send('POST', volumesPath, 201, volumeLikeOurs(uid, path));
}

async function makeReleasedVolume(uid: string, send: BareClient): Promise<void> {
  await makeVolume(uid, send);
  writeFileSync(join(directoryOf(uid), 'data'), 'data');
  const path = `${volumesPath}/${volumeNameFor(uid)}/status`;
  await send('PATCH', path, 200, { status: { phase: 'Released' } }, 'application/merge-patch+json');
}

/** Reads volume and claim, as the daemon must, and deletes the volume only as the version that it has read. */
async function deleteVolume(claimUid: string, send: BareClient): Promise<void> {
  const path = `${volumesPath}/${volumeNameFor(claimUid)}`;
  const { uid, resourceVersion } = JSON.parse((await send('GET', path, 200)).toString()).metadata;
  await send('GET', claimPath, 404);
  renameSync(directoryOf(claimUid), join(trash, volumeNameFor(claimUid)));
  const options = { propagationPolicy: 'Background', preconditions: { uid, resourceVersion } };
  await send('DELETE', path, 200, { kind: 'DeleteOptions', apiVersion: 'v1', ...options });
  const withoutOurs = { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [finalizer] } };
  await send('PATCH', path, 200, withoutOurs, 'application/strategic-merge-patch+json');
}
