import type { Findings } from '../figures.ts';
import { measureFloor } from '../floor.ts';
import { type FreshCluster, onFreshCluster, type Repetition } from '../fresh-cluster.ts';

/** How quick a loop of mkdir and POST is, with nothing else. */
export const floor = (repetition: Repetition): Promise<Findings> => onFreshCluster(repetition, floorFindings);

export async function floorFindings(fresh: FreshCluster): Promise<Findings> {
  const { one, sixteen, sixtyFour } = await measureFloor(fresh);
  return {
    figures: {
      floor1: one.ratePerSecond,
      floor16: sixteen.ratePerSecond,
      floor64: sixtyFour.ratePerSecond,
      floorCpu: sixtyFour.cpuMs,
    },
    samples: {},
  };
}
