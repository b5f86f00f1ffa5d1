import { setTimeout as sleep } from 'node:timers/promises';
import { createClaim } from '../cluster/claims.ts';
import { limitedClass, onLimitedCluster, unlimitedClass } from '../limits/limited-cluster.ts';
import type { Figures, Findings } from '../report/figures.ts';
import { median } from '../report/statistics.ts';
import type { Scenario } from './scenario.ts';

/** From when garbage of the start is collected until usage is counted for the first time, in a thread that takes memory of its own. */
const window = { fromS: 20, toS: 50 };

const figures: Figures = {
  memoryOfLimits: {
    text: 'one volume made with a limit, resident memory',
    unit: 'MiB above without',
    target: { atMost: 6, judged: 'median' },
  },
};

/** What a daemon takes that makes the system calls of limits, beside one that made a volume without. */
export const limitMemory: Scenario = {
  figures,
  async run(repetition) {
    const samples: Findings['samples'] = {};
    const memoryOf = (className: string) =>
      onLimitedCluster(repetition, async ({ cluster, startDaemon }) => {
        const daemon = await (await startDaemon()).untilReady();
        const { volume } = await createClaim(cluster, 'data', className);
        await daemon.untilSeen([volume]);
        const rssMiB: number[] = [];
        while (rssMiB.length < window.toS) {
          rssMiB.push(daemon.usage().rssMiB);
          await sleep(1_000);
        }
        samples[`${className} volume made: resident since, MiB each second`] = rssMiB;
        return median(rssMiB.slice(window.fromS));
      });
    const [limited, unlimited] = [await memoryOf(limitedClass), await memoryOf(unlimitedClass)];
    return { figures: { memoryOfLimits: limited - unlimited }, samples };
  },
};
