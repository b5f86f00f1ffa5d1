import type { Figures } from '../report/figures.ts';
import { burst } from './burst.ts';
import { clone } from './clone.ts';
import { deletion } from './delete.ts';
import { gate } from './gate.ts';
import { growth } from './growth.ts';
import { largeCluster } from './large-cluster.ts';
import { limitMemory } from './limit-memory.ts';
import { limits } from './limits.ts';
import type { Scenario } from './scenario.ts';
import { single } from './single.ts';
import { thrift } from './thrift.ts';
import { usage } from './usage.ts';
import { waiting } from './waiting.ts';

/** By the name that is given on the command line. */
export const scenarios: Record<string, Scenario> = {
  waiting,
  burst,
  single,
  delete: deletion,
  'large-cluster': largeCluster,
  gate,
  thrift,
  clone,
  limits,
  growth,
  usage,
  'limit-memory': limitMemory,
};

/** What a run without a name takes. The gate is a part of `waiting`, thrift is about the API server, clone about the disk, and limits need root. */
export const allScenarios = ['waiting', 'burst', 'single', 'delete', 'large-cluster'];

/** Of all scenarios, in the order of the report. */
export const figures: Figures = Object.assign({}, ...Object.values(scenarios).map((scenario) => scenario.figures));

const keys = [
  'waitingShare',
  'burstTail',
  'burstTotal / reference',
  'singleP50 / reference',
  'singleP99 / reference',
  'idleRss',
  'deleteShare',
  'memory20000Others',
  'startOthersShare',
  'startOursShare',
];

/** The ten that matter most, which docs/performance.md shows first. */
export const keyFigures: Figures = Object.fromEntries(Object.entries(figures).filter(([key]) => keys.includes(key)));
