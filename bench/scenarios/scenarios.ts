import type { Findings } from '../figures.ts';
import type { Repetition } from '../fresh-cluster.ts';
import { burst } from './burst.ts';
import { floor } from './floor.ts';
import { single } from './single.ts';
import { waiting } from './waiting.ts';

export type Scenario = (repetition: Repetition) => Promise<Findings>;

/** By the name that is given on the command line. `waiting` takes the floor too, to be compared with it. */
export const scenarios: Record<string, Scenario> = { floor, waiting, burst, single };

/** What a run without a name takes. */
export const allScenarios = ['waiting', 'burst', 'single'];
