import type { Cluster } from '../../test/support/cluster.ts';
import { createClaim } from '../cluster/claims.ts';
import { type FreshCluster, onFreshCluster } from '../cluster/fresh-cluster.ts';
import { makePairsOfOthers } from '../pairs/of-others.ts';
import { makePairsOfOurs } from '../pairs/of-ours.ts';
import { untilAtRest } from '../provisioners/resident-memory.ts';
import type { Figures, Findings } from '../report/figures.ts';
import type { Scenario } from './scenario.ts';

const pairs = 20_000;

/** Objects on a page of a list that the daemon asks for. */
const pageSize = 500;

/** With whose pairs the cluster is filled, and the memory that the daemon may take beside them. */
const owners = {
  Others: { whose: 'others', make: makePairsOfOthers, mostMiB: 75 },
  Ours: { whose: 'ours', make: makePairsOfOurs, mostMiB: 100 },
};

type Owner = keyof typeof owners;

const figuresOf = (owner: Owner): Figures => {
  const { whose, mostMiB } = owners[owner];
  const beside = `${pairs} bound pairs of ${whose}`;
  return {
    [`memory${pairs}${owner}`]: {
      text: `${beside}, resident memory at rest`,
      unit: 'MiB',
      target: { atMost: mostMiB, judged: 'each' },
    },
    [`memory${pairs}${owner}Peak`]: { text: `${beside}, highest resident memory`, unit: 'MiB' },
    [`start${owner}`]: { text: `${beside}, process start to first volume`, unit: 'ms' },
    [`start${owner}Listing`]: { text: `${beside}, a bare client lists all claims in pages`, unit: 'ms' },
    [`start${owner}Share`]: {
      text: `${beside}, process start to first volume`,
      unit: "x bare client's list",
      target: { atMost: 1.3, judged: 'median' },
    },
  };
};

/** What the daemon takes among 20,000 claims and volumes: its memory when nothing happens, and its start while a claim waits. */
export const largeCluster: Scenario = {
  figures: { ...figuresOf('Others'), ...figuresOf('Ours') },
  async run(repetition) {
    const others = await onFreshCluster(repetition, (fresh) => measure(fresh, 'Others'));
    const ours = await onFreshCluster(repetition, (fresh) => measure(fresh, 'Ours'));
    return { figures: { ...others.figures, ...ours.figures }, samples: { ...others.samples, ...ours.samples } };
  },
};

async function measure(fresh: FreshCluster, owner: Owner): Promise<Findings> {
  const { cluster, startDaemon } = fresh;
  await owners[owner].make(fresh, pairs);
  const idle = await (await startDaemon()).untilReady();
  const { samples, restMiB } = await untilAtRest(() => idle.usage());
  const { peakRssMiB } = idle.usage();
  await idle.untilReady(); // it still works, and misses no directory
  await idle.kill();

  const { volume } = await createClaim(cluster, 'waiting'); // behind all others in the list
  const daemon = await startDaemon();
  const [seenAt = Number.NaN] = await daemon.untilSeen([volume]);
  await daemon.untilReady();
  const firstVolumeMs = seenAt - daemon.startedAt;
  const listingMs = await listAllClaims(cluster);
  return {
    figures: {
      [`memory${pairs}${owner}`]: restMiB,
      [`memory${pairs}${owner}Peak`]: peakRssMiB,
      [`start${owner}`]: firstVolumeMs,
      [`start${owner}Listing`]: listingMs,
      [`start${owner}Share`]: firstVolumeMs / listingMs,
    },
    samples: { [`memory, ${pairs} pairs, ${owner}: resident since ready, MiB each second`]: samples },
  };
}

/** What the API server takes for the longest list of a start. No start can be quicker. */
async function listAllClaims({ api, claimsPath }: Cluster): Promise<number> {
  const startedAt = performance.now();
  for (let from: string | undefined = ''; from !== undefined; ) {
    const next: string = from === '' ? '' : `&continue=${from}`;
    const { metadata } = await api.get(`${claimsPath}?limit=${pageSize}${next}`);
    from = metadata.continue;
  }
  return performance.now() - startedAt;
}
