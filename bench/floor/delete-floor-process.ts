/**
 * The least that a provisioner must do to delete a released volume safely, with nothing else: GET of volume and claim,
 * rename of the directory, DELETE of this very version, PATCH of the finalizer, in a loop. A process of its own, started
 * by delete-floor.ts, which sends it one `DeleteFloorTask` after another.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finalizer, volumeNameFor } from '../../src/model/names.ts';
import { inLoops } from '../cluster/in-loops.ts';
import { type BareClient, bareClient } from './bare-client.ts';
import type { DeleteFloorResult, DeleteFloorTask } from './delete-floor.ts';
import { floorClaim, volumeLikeOurs } from './floor-volume.ts';
import { answerTasks } from './task-process.ts';

const claimPath = `/api/v1/namespaces/${floorClaim.namespace}/persistentvolumeclaims/${floorClaim.name}`;
const volumesPath = '/api/v1/persistentvolumes';

answerTasks(run);

async function run({ kubeconfigPath, directory, trash, atOnce, count }: DeleteFloorTask): Promise<DeleteFloorResult> {
  const send = bareClient(kubeconfigPath, atOnce);
  const uids = Array.from({ length: atOnce + count }, () => randomUUID());
  await inLoops(16, uids.length, (index) => makeReleased(send, uids[index] ?? '', directory));

  const deleteOne = () => deleteReleased(send, volumeNameFor(uids.pop() ?? ''), directory, trash);
  await inLoops(atOnce, atOnce, deleteOne); // opens the connections
  const startedAt = performance.now();
  await inLoops(atOnce, count, deleteOne);
  return { ratePerSecond: (count / (performance.now() - startedAt)) * 1_000 };
}

async function makeReleased(send: BareClient, uid: string, directory: string): Promise<void> {
  const path = join(directory, volumeNameFor(uid));
  mkdirSync(path);
  writeFileSync(join(path, 'data'), 'data');
  await send({ method: 'POST', path: volumesPath, body: JSON.stringify(volumeLikeOurs(uid, path)), expect: 201 });
  await send({
    method: 'PATCH',
    path: `${volumesPath}/${volumeNameFor(uid)}/status`,
    contentType: 'application/merge-patch+json',
    body: JSON.stringify({ status: { phase: 'Released' } }),
    expect: 200,
  });
}

async function deleteReleased(send: BareClient, volume: string, directory: string, trash: string): Promise<void> {
  const path = `${volumesPath}/${volume}`;
  const answer = Buffer.concat(await send({ method: 'GET', path, expect: 200 })).toString();
  const { uid, resourceVersion } = JSON.parse(answer).metadata;
  await send({ method: 'GET', path: claimPath, expect: 404 });
  renameSync(join(directory, volume), join(trash, volume));
  const options = { propagationPolicy: 'Background', preconditions: { uid, resourceVersion } };
  const body = JSON.stringify({ kind: 'DeleteOptions', apiVersion: 'v1', ...options });
  await send({ method: 'DELETE', path, body, expect: 200 });
  await send({
    method: 'PATCH',
    path,
    contentType: 'application/strategic-merge-patch+json',
    body: JSON.stringify({ metadata: { uid, '$deleteFromPrimitiveList/finalizers': [finalizer] } }),
    expect: 200,
  });
}
