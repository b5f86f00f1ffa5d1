import type { Figures, Findings } from '../figures.ts';
import type { Repetition } from '../fresh-cluster.ts';
import { burst, burstFigures } from './burst.ts';
import { churn, churnFigures } from './churn.ts';
import { deleteFigures, deleteSmall } from './delete.ts';
import { deleteLarge, deleteLargeFigures } from './delete-large.ts';
import { fairness, fairness10000, fairness10000Figures, fairnessFigures } from './fairness.ts';
import { floor, floorFigures } from './floor.ts';
import { gate, gateFigures } from './gate.ts';
import { memory, memory100000 } from './memory.ts';
import { overload, overloadFigures } from './overload.ts';
import { single, singleFigures } from './single.ts';
import { soak, soak1000000 } from './soak.ts';
import { start, startFigures } from './start.ts';
import { thrift, thriftFigures } from './thrift.ts';
import { waiting, waitingFigures } from './waiting.ts';

export interface Scenario {
  run(repetition: Repetition): Promise<Findings>;
  /** What it finds. Keys are its own among all scenarios. */
  figures: Figures;
}

/** By the name that is given on the command line. */
export const scenarios: Record<string, Scenario> = {
  floor: { run: floor, figures: floorFigures },
  // Takes the floor too, to be compared with it.
  waiting: { run: waiting, figures: waitingFigures },
  burst: { run: burst, figures: burstFigures },
  single: { run: single, figures: singleFigures },
  memory,
  start: { run: start, figures: startFigures },
  churn: { run: churn, figures: churnFigures },
  delete: { run: deleteSmall, figures: deleteFigures },
  'delete-large': { run: deleteLarge, figures: deleteLargeFigures },
  overload: { run: overload, figures: overloadFigures },
  fairness: { run: fairness, figures: fairnessFigures },
  gate: { run: gate, figures: gateFigures },
  // These take many minutes.
  'memory-100000': memory100000,
  soak,
  'soak-1000000': soak1000000,
  'fairness-10000': { run: fairness10000, figures: fairness10000Figures },
  thrift: { run: thrift, figures: thriftFigures },
};

/** What a run without a name takes. */
export const allScenarios = [
  'waiting',
  'burst',
  'single',
  'memory',
  'start',
  'churn',
  'delete',
  'delete-large',
  'overload',
  'fairness',
];

/** Of all scenarios, in the order of the report. */
export const figures: Figures = Object.assign({}, ...Object.values(scenarios).map((scenario) => scenario.figures));
