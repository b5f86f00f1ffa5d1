import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Series } from './expression.ts';

export const monitoringDocument = readFileSync(join(import.meta.dirname, '../../../docs/monitoring.md'), 'utf8');

/** Metrics with their labels, as the table of docs/monitoring.md has them. */
export const documentedMetrics: Series = new Map(
  [...monitoringDocument.matchAll(/^\| `([a-z_]+)` \| ([a-z, ]*)\| /gm)].map(([, metric = '', labels = '']) => [
    metric,
    new Set(
      labels
        .split(',')
        .map((label) => label.trim())
        .filter((label) => label !== ''),
    ),
  ]),
);

/** The same, as series: Prometheus keeps a histogram as three. */
export const documentedSeries: Series = new Map(
  [...documentedMetrics].flatMap(([metric, labels]) =>
    metric.endsWith('_duration_seconds')
      ? [
          [`${metric}_bucket`, new Set([...labels, 'le'])],
          [`${metric}_sum`, labels],
          [`${metric}_count`, labels],
        ]
      : [[metric, labels]],
  ) as [string, ReadonlySet<string>][],
);
