import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonsInSources } from '../reasons.ts';
import { chartValueNames } from './chart-values.ts';
import { documentFields } from './document-fields.ts';
import { journalNames } from './journal.ts';
import { metricNames } from './metrics.ts';
import { pluginNames } from './plugin.ts';
import { eventReasons, exitCodes, httpPaths, objectNames, optionNames, parameterNames } from './program.ts';

/** What users may rely on, by group: docs/stability.md says what is promised of each. */
export type StableNames = Record<string, string[]>;

export const stableNamesPath = join(import.meta.dirname, '../../../docs/stable-names.json');

export const writtenDown = (): StableNames => JSON.parse(readFileSync(stableNamesPath, 'utf8'));

/** The same as the code has it now. */
export async function namesInCode(): Promise<StableNames> {
  return {
    ...optionNames(),
    metrics: await metricNames(),
    reasons: reasonsInSources(),
    eventReasons: eventReasons(),
    classParameters: parameterNames(),
    objects: objectNames(),
    ...journalNames(),
    exitCodes: exitCodes(),
    httpPaths: httpPaths(),
    ...documentFields(),
    ...pluginNames(),
    chartValues: chartValueNames(),
  };
}

/** Names of `names` that `others` lacks, in a line each. */
export function missingNames(names: StableNames, others: StableNames): string[] {
  return Object.entries(names).flatMap(([group, members]) =>
    members.filter((name) => !(others[group] ?? []).includes(name)).map((name) => `${group}: ${name}`),
  );
}
