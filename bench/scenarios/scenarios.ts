import type { Repetition } from '../cluster/fresh-cluster.ts';
import type { Figures, Findings } from '../report/figures.ts';
import { burst, burstFigures } from './burst.ts';
import { deleteFigures, deleteSmall } from './delete.ts';
import { gate, gateFigures } from './gate.ts';
import { memory } from './memory.ts';
import { single, singleFigures } from './single.ts';
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
  waiting: { run: waiting, figures: waitingFigures },
  burst: { run: burst, figures: burstFigures },
  single: { run: single, figures: singleFigures },
  memory,
  start: { run: start, figures: startFigures },
  delete: { run: deleteSmall, figures: deleteFigures },
  gate: { run: gate, figures: gateFigures },
  thrift: { run: thrift, figures: thriftFigures },
};

/** What a run without a name takes. */
export const allScenarios = ['waiting', 'burst', 'single', 'memory', 'start', 'delete'];

/** Of all scenarios, in the order of the report. */
export const figures: Figures = Object.assign({}, ...Object.values(scenarios).map((scenario) => scenario.figures));
