import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../../test/support/cluster.ts';
import { until } from '../../test/support/until.ts';
import { createClaims, releaseAll } from '../cluster/claims.ts';
import { type Counts, countsSince } from '../cluster/counts.ts';
import { type FreshCluster, onFreshCluster } from '../cluster/fresh-cluster.ts';
import { countRequests, totalsOf, untilSettled } from '../cluster/request-counts.ts';
import { floorFigures, measureFloor } from '../floor/floor.ts';
import type { Figures, Findings } from '../report/figures.ts';
import { range, ratePerSecond } from '../report/statistics.ts';
import type { Scenario } from './scenario.ts';

const figures: Figures = {
  ...floorFigures('deleteFloor', 'floor of deleting, GET + GET + rename + DELETE + PATCH'),
  deleteRate: { text: 'delete, first volume let go to last', unit: '/s' },
  deleteShare: {
    text: 'delete, share of the best floor',
    unit: 'x floor',
    target: { atLeast: 0.65, judged: 'median' },
  },
  deleteWrites: { text: 'delete, writes', unit: '/volume', target: { atMost: 2, judged: 'each' } },
  deleteReads: {
    text: 'delete, reads besides those at the start',
    unit: '/volume',
    target: { atMost: 2, judged: 'each' },
  },
  deleteCpu: { text: 'delete, CPU of the daemon, start included', unit: 'ms/volume' },
};

const volumesCount = 1_000;

/**
 * 1,000 released volumes wait when the daemon starts. The bench releases them before, while no daemon runs: the binder,
 * which would do it, is slower than what is measured, and the bench's own writes would share the API server with it.
 */
export const deletion: Scenario = {
  figures,
  run: ({ number, ...rest }) =>
    onFreshCluster({ number, ...rest }, async (fresh) => {
      const volumes = await makeReleasedVolumes(fresh);
      const { adminKubeconfigPath, cluster } = fresh;
      const takeFloor = () => measureFloor('delete', 'deleteFloor', adminKubeconfigPath, cluster.folder);
      const floorBefore = number % 2 === 0 ? await takeFloor() : undefined;
      const { figures, samples } = await measureOurs(fresh, volumes);
      const floor = floorBefore ?? (await takeFloor());
      const deleteShare = (figures.deleteRate ?? 0) / floor.best;
      return { figures: { ...floor.figures, ...figures, deleteShare }, samples };
    }),
};

/** The daemon makes them, and the bench puts two files in each. */
async function makeReleasedVolumes({ cluster, startDaemon }: FreshCluster): Promise<string[]> {
  const daemon = await startDaemon();
  const created = await createClaims(cluster, volumesCount, 32);
  const volumes = created.map(({ volume }) => volume);
  await daemon.untilSeen(volumes);
  await daemon.kill();
  for (const volume of volumes) {
    for (const name of ['data', 'more']) await writeFile(join(cluster.base, volume, name), 'data');
  }
  await releaseAll(cluster, volumes);
  return volumes;
}

async function measureOurs({ cluster, startDaemon }: FreshCluster, volumes: string[]): Promise<Findings> {
  const before = await countRequests(cluster.api);
  const daemon = await startDaemon();
  const letGoAt = await daemon.untilLetGo(volumes);
  const usage = daemon.usage();
  await untilErased(cluster);
  const requests = countsSince(before, await untilSettled(cluster.api));
  await daemon.kill();

  const totals = totalsOf(withoutStart(requests));
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

/** A daemon that lets volumes go and leaves their directories has deleted nothing. */
async function untilErased(cluster: Cluster): Promise<void> {
  const isErased = async () =>
    [await cluster.directories(), await cluster.journal('volumes'), await cluster.journal('trash')].flat().length === 0;
  await until('nothing of the volumes is left on the disk', isErased, { withinMs: 120_000, everyMs: 100 });
}

/** A start lists what there is, and reads the UID of a namespace to tell its cluster. */
const withoutStart = (requests: Counts): Counts =>
  Object.fromEntries(Object.entries(requests).filter(([request]) => !/^(LIST|GET namespaces) /.test(request)));
