import type { Figures, Findings } from '../figures.ts';
import { measureFloor } from '../floor.ts';
import { type FreshCluster, onFreshCluster, type Repetition } from '../fresh-cluster.ts';

export const floorFigures = {
  floor1: { text: 'floor, mkdir + POST, 1 at once', unit: '/s' },
  floor16: { text: 'floor, mkdir + POST, 16 at once', unit: '/s' },
  floor64: { text: 'floor, mkdir + POST, 64 at once', unit: '/s' },
  floorCpu: { text: 'floor, CPU of the client, 64 at once', unit: 'ms/volume' },
} satisfies Figures;

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
