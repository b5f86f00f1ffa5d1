/**
 * The least that any provisioner must do, with nothing else: `mkdir` and POST of a volume object, in a loop. A process of
 * its own, started by floor.ts, which sends it one `FloorTask` after another.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { Pool } from 'undici';
import { volumeNameFor } from '../src/model/names.ts';
import { volumeObject } from '../src/model/volume-object.ts';
import type { FloorResult, FloorTask } from './floor.ts';
import { inLoops } from './in-loops.ts';

process.on('message', async (task: FloorTask) => process.send?.(await run(task)));

async function run({ kubeconfigPath, directory, atOnce, count }: FloorTask): Promise<FloorResult> {
  const post = poster(kubeconfigPath, atOnce);
  const makeVolume = async (): Promise<void> => {
    const uid = randomUUID();
    const path = join(directory, volumeNameFor(uid));
    mkdirSync(path);
    await post(JSON.stringify(volumeLikeOurs(uid, path)));
  };
  await inLoops(atOnce, atOnce, makeVolume); // opens the connections

  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  await inLoops(atOnce, count, makeVolume);
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ratePerSecond: (count / elapsedMs) * 1_000, cpuMs: (user + system) / 1_000 / count };
}

/** What the daemon would send for a small claim. */
function volumeLikeOurs(uid: string, path: string) {
  return volumeObject(
    {
      claim: { namespace: 'test-12345678', name: 'claim-1234', uid },
      record: {
        version: 1,
        volume: volumeNameFor(uid),
        claim: { namespace: 'test-12345678', name: 'claim-1234', uid },
        class: 'class-12345678',
        node: 'node-12345678',
        reclaimPolicy: 'Delete',
        createdAt: '',
      },
      provisioner: 'hostpath-12345678',
      reclaimPolicy: 'Delete',
      capacity: '1Mi',
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      mountOptions: [],
      volumeType: 'hostPath',
      hostname: 'node-12345678',
    },
    { path, baseDirectory: { id: randomUUID(), mounted: false } },
  );
}

/**
 * Posts volumes over connections that are kept. `Pool.dispatch` of undici was the quickest of what Node has: with
 * `Pool.request` or node:https the client took a third to a half more CPU, and HTTP/2 was slower.
 */
function poster(kubeconfigPath: string, connections: number): (body: string) => Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const { server = '', caData = '' } = config.getCurrentCluster() ?? {};
  const pool = new Pool(server, { connections, connect: { ca: Buffer.from(caData, 'base64') } });
  const headers = {
    authorization: `Bearer ${config.getCurrentUser()?.token}`,
    accept: 'application/json',
    'content-type': 'application/json',
  };
  return (body) =>
    new Promise((resolve, reject) => {
      pool.dispatch(
        { method: 'POST', path: '/api/v1/persistentvolumes', headers, body },
        {
          onRequestStart() {},
          onResponseStart(_controller, status) {
            if (status !== 201) reject(new Error(`the API server answers ${status}`));
          },
          onResponseData() {},
          onResponseEnd: () => resolve(),
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
}
