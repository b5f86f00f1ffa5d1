/**
 * The least that any provisioner must do, with nothing else: `mkdir` and POST of a volume object, in a loop. A process of
 * its own, started by floor.ts, which sends it one `FloorTask` after another.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { volumeNameFor } from '../../src/model/names.ts';
import { inLoops } from '../cluster/in-loops.ts';
import { bareClient } from './bare-client.ts';
import type { FloorResult, FloorTask } from './floor.ts';
import { volumeLikeOurs } from './floor-volume.ts';
import { answerTasks } from './task-process.ts';

answerTasks(run);

async function run({ kubeconfigPath, directory, atOnce, count }: FloorTask): Promise<FloorResult> {
  const send = bareClient(kubeconfigPath, atOnce);
  const makeVolume = async (): Promise<void> => {
    const uid = randomUUID();
    const path = join(directory, volumeNameFor(uid));
    mkdirSync(path);
    const body = JSON.stringify(volumeLikeOurs(uid, path));
    await send({ method: 'POST', path: '/api/v1/persistentvolumes', body, expect: 201 });
  };
  await inLoops(atOnce, atOnce, makeVolume); // opens the connections

  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  await inLoops(atOnce, count, makeVolume);
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ratePerSecond: (count / elapsedMs) * 1_000, cpuMs: (user + system) / 1_000 / count };
}
