import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClaims } from '../cluster/claims.ts';
import { countsSince } from '../cluster/counts.ts';
import { untilErased } from '../cluster/erased.ts';
import { type FreshCluster, onFreshCluster, type Repetition } from '../cluster/fresh-cluster.ts';
import { deleteClaims, release } from '../cluster/release.ts';
import { countRequests, type RequestCounts, totalsOf, untilSettled } from '../cluster/request-counts.ts';
import { measureDeleteFloor } from '../floor/delete-floor.ts';
import type { Figures, Findings } from '../report/figures.ts';
import { range, ratePerSecond } from '../report/statistics.ts';

export const deleteFigures = {
  deleteFloor1: { text: 'floor of deleting, GET + GET + rename + DELETE + PATCH, 1 at once', unit: '/s' },
  deleteFloor16: { text: 'floor of deleting, 16 at once', unit: '/s' },
  deleteFloor64: { text: 'floor of deleting, 64 at once', unit: '/s' },
  deleteRate: { text: 'delete, first volume let go to last', unit: '/s' },
  deleteShare: {
    text: 'delete, share of the best floor',
    unit: 'x floor',
    target: { atLeast: 0.9, judged: 'median' },
  },
  deleteWrites: { text: 'delete, writes', unit: '/volume', target: { atMost: 2, judged: 'each' } },
  deleteReads: {
    text: 'delete, reads besides the lists at the start',
    unit: '/volume',
    target: { atMost: 2, judged: 'each' },
  },
  deleteCpu: { text: 'delete, CPU of the daemon, start included', unit: 'ms/volume' },
} satisfies Figures;

const volumesCount = 1_000;
const withinMs = 120_000;

/**
 * 1,000 released volumes wait when the daemon starts. What releases them is done before, while no daemon runs: the
 * binder, which would do it, is slower than what is measured, and the bench's own writes would share the API server with it.
 * The floor is taken on the same API server, in turn before and after.
 */
export function deleteSmall(repetition: Repetition): Promise<Findings> {
  return onFreshCluster(repetition, async (fresh) => {
    const volumes = await makeReleasedVolumes(fresh);
    const floorFirst = repetition.number % 2 === 0 ? await measureDeleteFloor(fresh) : undefined;
    const ours = await oursFindings(fresh, volumes);
    const { one, sixteen, sixtyFour } = floorFirst ?? (await measureDeleteFloor(fresh));

    const deleteShare = (ours.figures.deleteRate ?? 0) / Math.max(one, sixteen, sixtyFour);
    const floor = { deleteFloor1: one, deleteFloor16: sixteen, deleteFloor64: sixtyFour };
    return { figures: { ...floor, ...ours.figures, deleteShare }, samples: ours.samples };
  });
}

/** Made by the daemon, with two files in each. */
async function makeReleasedVolumes({ cluster, startDaemon }: FreshCluster): Promise<string[]> {
  const daemon = await startDaemon({ waitUntilReady: true });
  const created = await createClaims(cluster, volumesCount, 32);
  const volumes = created.map(({ volume }) => volume);
  await daemon.untilSeen(volumes, withinMs);
  await daemon.kill();
  for (const volume of volumes) {
    for (const name of ['data', 'more']) await writeFile(join(cluster.base, volume, name), 'data');
  }
  await deleteClaims(cluster);
  await release(cluster, volumes);
  return volumes;
}

async function oursFindings({ cluster, startDaemon }: FreshCluster, volumes: string[]): Promise<Findings> {
  const before = await countRequests(cluster.api);
  const daemon = await startDaemon({ waitUntilReady: false });
  const letGoAt = await daemon.untilLetGo(volumes, withinMs);
  const usage = daemon.usage();
  await untilErased(cluster, withinMs);
  const requests = countsSince(before, await untilSettled(cluster.api));
  await daemon.kill();

  const totals = totalsOf(withoutLists(requests));
  return {
    figures: {
      deleteRate: ratePerSecond(letGoAt),
      deleteWrites: totals.writes / volumes.length,
      deleteReads: totals.reads / volumes.length,
      deleteCpu: usage.cpuMs / volumes.length,
    },
    samples: {
      'delete: first let go to this, ms': letGoAt.map((at) => at - range(letGoAt).least),
      'delete: requests': requests,
    },
  };
}

const withoutLists = (requests: RequestCounts): RequestCounts =>
  Object.fromEntries(Object.entries(requests).filter(([request]) => !request.startsWith('LIST ')));
