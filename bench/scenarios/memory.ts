import { createClaim } from '../cluster/claims.ts';
import { type FreshCluster, onFreshCluster } from '../cluster/fresh-cluster.ts';
import { makePairsOfOthers } from '../pairs/of-others.ts';
import { makePairsOfOurs } from '../pairs/of-ours.ts';
import { untilAtRest } from '../provisioners/resident-memory.ts';
import type { Findings, Target } from '../report/figures.ts';
import type { Scenario } from './scenarios.ts';

export const memory = memoryWith({ pairs: 20_000, mostMiB: { others: 80, ours: 100 } });

interface Size {
  pairs: number;
  mostMiB: { others: number; ours: number };
}

const withinMs = 60_000;

/** What the daemon takes in a large cluster: with nothing but pairs of others, and with as many of ours. */
function memoryWith({ pairs, mostMiB }: Size): Scenario {
  const key = (name: string) => `memory${pairs}${name}`;
  const text = (whose: string, what: string) => `${pairs} bound pairs of ${whose}, ${what}`;
  const atMost = (mebibytes: number): Target => ({ atMost: mebibytes, judged: 'each' });
  const measure = async (fresh: FreshCluster, whose: 'Others' | 'Ours'): Promise<Findings> => {
    await (whose === 'Ours' ? makePairsOfOurs : makePairsOfOthers)(fresh, pairs);
    const { samples, restMiB, peakMiB } = await restOf(fresh);
    return {
      figures: { [key(whose)]: restMiB, [key(`${whose}Peak`)]: peakMiB },
      samples: { [`memory, ${pairs} pairs, ${whose}: resident since ready, MiB each second`]: samples },
    };
  };
  return {
    figures: {
      [key('Others')]: { text: text('others', 'resident memory at rest'), unit: 'MiB', target: atMost(mostMiB.others) },
      [key('OthersPeak')]: { text: text('others', 'highest resident memory'), unit: 'MiB' },
      [key('Ours')]: { text: text('ours', 'resident memory at rest'), unit: 'MiB', target: atMost(mostMiB.ours) },
      [key('OursPeak')]: { text: text('ours', 'highest resident memory'), unit: 'MiB' },
    },
    async run(repetition) {
      const others = await onFreshCluster(repetition, (fresh) => measure(fresh, 'Others'));
      const ours = await onFreshCluster(repetition, (fresh) => measure(fresh, 'Ours'));
      return {
        figures: { ...others.figures, ...ours.figures },
        samples: { ...others.samples, ...ours.samples },
      };
    },
  };
}

async function restOf({ cluster, startDaemon }: FreshCluster) {
  const daemon = await startDaemon({ waitUntilReady: false });
  await daemon.untilReady();
  const { samples, restMiB } = await untilAtRest(() => daemon.usage());
  const { peakRssMiB } = daemon.usage();
  // Nothing is small for not working: it still serves claims, and misses no directory, of which its readiness would tell.
  const { volume } = await createClaim(cluster, 'at-last');
  await daemon.untilSeen([volume], withinMs);
  await daemon.untilReady();
  return { samples, restMiB, peakMiB: peakRssMiB };
}
