import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, test } from 'vitest';
import { dashboard, panelsOf, queriesOf } from '../../support/prometheus/dashboard-file.ts';
import { dashboardViolations } from '../../support/prometheus/dashboard-rules.ts';
import { documentedSeries } from '../../support/prometheus/documented-series.ts';
import { allSeries } from '../../support/prometheus/rule-files.ts';

const series = allSeries(documentedSeries);

test('Grafana can show the dashboard as it is meant, on metrics that are documented', () => {
  expect(dashboardViolations(dashboard, series)).toEqual([]);
});

test('Its variables are the data source and the node', () => {
  expect(dashboard.templating.list?.map(({ name, type }) => ({ name, type }))).toEqual([
    { name: 'datasource', type: 'datasource' },
    { name: 'node', type: 'query' },
  ]);
});

describe('A dashboard is refused', () => {
  type Change = (panels: [Panel, Panel]) => void;
  test.each<[what: string, problem: string, change: Change]>([
    ['with an id twice', 'id 1 is missing or comes twice', ([a, b]) => Object.assign(b, { id: a.id })],
    ['with panels that overlap', 'lies on', ([a, b]) => Object.assign(b, { gridPos: a.gridPos })],
    ['with a panel outside the grid', 'is outside the grid', ([a]) => Object.assign(a.gridPos ?? {}, { x: 23 })],
    ['with a value without a unit', 'has no unit', ([a]) => delete a.fieldConfig?.defaults.unit],
    ['with a panel without a description', 'has no description', ([a]) => delete a.description],
    ['with a fixed data source', 'has a fixed data source', ([a]) => Object.assign(a.datasource ?? {}, { uid: 'p1' })],
    ['without a legend', 'has no legend', ([a]) => Object.assign(queriesOf(a)[0] ?? {}, { legendFormat: '' })],
    [
      'with a legend of a label that is not there',
      'label zone',
      ([a]) => Object.assign(queriesOf(a)[0] ?? {}, { legendFormat: '{{zone}}' }),
    ],
    ['with an unknown metric', 'nothing serves up', ([a]) => Object.assign(queriesOf(a)[0] ?? {}, { expr: 'up' })],
    [
      'with a query that the selected node does not restrict',
      'of all nodes',
      ([a]) => Object.assign(queriesOf(a)[0] ?? {}, { expr: 'hostpath_concurrency_limit' }),
    ],
  ])('%s', (_, problem, change) => {
    const changed = structuredClone(dashboard);
    change(panelsOf(changed) as [Panel, Panel]);
    expect(dashboardViolations(changed, series).join('\n')).toContain(problem);
  });
});
