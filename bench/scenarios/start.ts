import type { Cluster } from '../../test/support/cluster.ts';
import { createClaim } from '../cluster/claims.ts';
import { countsSince } from '../cluster/counts.ts';
import { type FreshCluster, onFreshCluster, type Repetition } from '../cluster/fresh-cluster.ts';
import { countRequests, type RequestCounts, untilSettled } from '../cluster/request-counts.ts';
import { makePairsOfOthers } from '../pairs/of-others.ts';
import { makePairsOfOurs } from '../pairs/of-ours.ts';
import type { Figures, Findings } from '../report/figures.ts';

const listedOnce = { exactly: 0, judged: 'each' } as const;
const soonThere = { atMost: 1_500, judged: 'each' } as const;

export const startFigures = {
  startOurs: { text: '20000 pairs of ours, process start to first volume', unit: 'ms', target: soonThere },
  startOursListing: { text: '20000 pairs of ours, a bare client lists all claims in pages', unit: 'ms' },
  startOursLists: {
    text: '20000 pairs of ours, list requests at start beyond one paged list of each kind',
    unit: '',
    target: listedOnce,
  },
  startOthers: {
    text: '20000 pairs of others, first process start ever to first volume',
    unit: 'ms',
    target: soonThere,
  },
  startOthersListing: { text: '20000 pairs of others, a bare client lists all claims in pages', unit: 'ms' },
  startOthersLists: {
    text: '20000 pairs of others, list requests at first start beyond one paged list of each kind',
    unit: '',
    target: listedOnce,
  },
} satisfies Figures;

const pairs = 20_000;
const withinMs = 180_000;

/** Objects on a page of a list that the daemon asks for. */
const pageSize = 500;

/**
 * A claim waits in a large cluster when the daemon starts. A node with many volumes has been in use for long; where all are
 * of others, it is the first start, with which the daemon also looks for volumes of an earlier provisioner among them.
 */
export async function start(repetition: Repetition): Promise<Findings> {
  const ours = await onFreshCluster(repetition, async (fresh) => {
    await makePairsOfOurs(fresh, pairs);
    return measureStart(fresh);
  });
  const others = await onFreshCluster(repetition, async (fresh) => {
    await makePairsOfOthers(fresh, pairs);
    return measureStart(fresh);
  });
  return {
    figures: {
      startOurs: ours.firstVolumeMs,
      startOursListing: ours.listingMs,
      startOursLists: listsBeyondOne(ours.requests),
      startOthers: others.firstVolumeMs,
      startOthersListing: others.listingMs,
      startOthersLists: listsBeyondOne(others.requests),
    },
    samples: { 'start, pairs of ours: requests': ours.requests, 'start, pairs of others: requests': others.requests },
  };
}

async function measureStart({ cluster, startDaemon }: FreshCluster) {
  const { volume } = await createClaim(cluster, 'waiting'); // behind all others in the list
  const before = await countRequests(cluster.api);
  const daemon = await startDaemon({ waitUntilReady: false });
  const [seenAt = Number.NaN] = await daemon.untilSeen([volume], withinMs);
  await daemon.untilReady();
  const requests = countsSince(before, await untilSettled(cluster.api));
  return { firstVolumeMs: seenAt - daemon.startedAt, listingMs: await listAllClaims(cluster), requests };
}

/** What the API server takes for the longest list of a start, and nobody can be quicker than. */
async function listAllClaims({ api, claimsPath }: Cluster): Promise<number> {
  const startedAt = performance.now();
  for (let from: string | undefined = ''; from !== undefined; ) {
    const next: string = from === '' ? '' : `&continue=${from}`;
    const { metadata } = await api.get(`${claimsPath}?limit=${pageSize}${next}`);
    from = metadata.continue;
  }
  return performance.now() - startedAt;
}

/** Negative when lists are not paged. One of all claims, one of as many volumes, one of classes and one of nodes is enough. */
function listsBeyondOne(requests: RequestCounts): number {
  const lists = Object.entries(requests).filter(([request]) => request.startsWith('LIST '));
  const found = lists.reduce((sum, [, count]) => sum + count, 0);
  return found - (Math.ceil((pairs + 1) / pageSize) + Math.ceil(pairs / pageSize) + 2);
}
