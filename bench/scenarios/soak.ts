import type { Cluster } from '../../test/support/cluster.ts';
import { until } from '../../test/support/until.ts';
import { createClaims } from '../claims.ts';
import { untilErased } from '../erased.ts';
import { type FreshCluster, onFreshCluster } from '../fresh-cluster.ts';
import { inLoops } from '../in-loops.ts';
import type { MeasuredDaemon } from '../measured-daemon.ts';
import { release } from '../release.ts';
import { type Point, trendOf } from '../trend.ts';
import type { Scenario } from './scenarios.ts';

export const soak = soakWith(20_000);
export const soak1000000 = soakWith(1_000_000);

/** Claims that are there at the same time. */
const waveSize = 250;

/** Share of the claims for which the daemon may still grow into its work. */
const warmUp = 0.25;

const clients = 32;
const withinMs = 120_000;

/**
 * Claims come and go, wave after wave: each gets its volume, is deleted, and its volume and directory go. Resident memory is
 * read after each wave. It is held to have no slope when what it rose by, over all waves after the warm-up, is no more than
 * what it scatters around the line.
 */
function soakWith(claims: number): Scenario {
  const key = (name: string) => `soak${claims}${name}`;
  return {
    figures: {
      [key('Rise')]: {
        text: `${claims} claims come and go, rise of resident memory after the warm-up, in its own scatter`,
        unit: 'x scatter',
        target: { atMost: 1, judged: 'each' },
      },
      [key('Slope')]: { text: `${claims} claims come and go, slope of resident memory`, unit: 'MiB/10^6 claims' },
      [key('Scatter')]: { text: `${claims} claims come and go, scatter of resident memory`, unit: 'MiB' },
      [key('Rss')]: { text: `${claims} claims come and go, resident memory at last`, unit: 'MiB' },
    },
    run: (repetition) =>
      onFreshCluster(repetition, async (fresh) => {
        const points = await comeAndGo(fresh, claims);
        const { slope, rise, scatter } = trendOf(points.filter(({ x }) => x > claims * warmUp));
        return {
          figures: {
            [key('Rise')]: rise / scatter,
            [key('Slope')]: slope * 1e6,
            [key('Scatter')]: scatter,
            [key('Rss')]: points.at(-1)?.y ?? Number.NaN,
          },
          samples: { [`soak, ${claims}: resident after each wave, MiB`]: points.map(({ y }) => y) },
        };
      }),
  };
}

/** @returns resident memory in MiB over the number of claims that have come and gone, after each wave */
async function comeAndGo({ cluster, startDaemon }: FreshCluster, claims: number): Promise<Point[]> {
  const daemon = await startDaemon({ waitUntilReady: true });
  const points: Point[] = [];
  for (let gone = 0; gone < claims; ) {
    const volumes = await come(cluster, daemon);
    await go(cluster, volumes);
    gone += volumes.length;
    points.push({ x: gone, y: daemon.usage().rssMiB });
  }
  return points;
}

async function come(cluster: Cluster, daemon: MeasuredDaemon): Promise<string[]> {
  const created = await createClaims(cluster, waveSize, clients);
  const volumes = created.map(({ volume }) => volume);
  await daemon.untilSeen(volumes, withinMs);
  return volumes;
}

/** Deletes all claims, and releases their volumes as kube-controller-manager's binder does, which the bench runs without. */
async function go(cluster: Cluster, volumes: string[]): Promise<void> {
  const { api, claimsPath } = cluster;
  const claims = await api.list(claimsPath);
  await inLoops(clients, claims.length, (index) => cluster.deleteClaim(claims[index].metadata.name));
  await untilEmpty('the namespace of claims', () => api.list(`${claimsPath}?limit=1`));
  await release(cluster, volumes);
  await untilEmpty('the cluster of volumes', () => api.list('/api/v1/persistentvolumes?limit=1'));
  await untilErased(cluster, withinMs);
}

async function untilEmpty(what: string, list: () => Promise<unknown[]>): Promise<void> {
  await until(`${what} is empty`, async () => (await list()).length === 0, { withinMs, everyMs: 100 });
}
