import type { Dashboard, GridPos, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { asSent, panelsOf, queriesOf } from './dashboard-file.ts';
import { readExpression, type Series } from './expression.ts';

/** What Grafana would show wrongly or not at all, in a line each. */
export function dashboardViolations(dashboard: Dashboard, series: Series): string[] {
  const panels = panelsOf(dashboard);
  const ids = panels.map(({ id }) => id);
  return [
    ...ids
      .filter((id, n) => id === undefined || ids.indexOf(id) !== n)
      .map((id) => `id ${id} is missing or comes twice`),
    ...panels.flatMap((panel) => panelViolations(panel, series).map((problem) => `"${panel.title}": ${problem}`)),
    ...gridViolations(panels),
  ];
}

function panelViolations(panel: Panel, series: Series): string[] {
  const queries = queriesOf(panel);
  return [
    ...(panel.title ? [] : ['has no title']),
    ...(panel.description ? [] : ['has no description']),
    ...(panel.fieldConfig?.defaults.unit ? [] : ['has no unit']),
    ...(queries.length > 0 ? [] : ['has no query']),
    ...[panel, ...queries]
      .filter(({ datasource }) => datasource?.uid !== '$datasource')
      .map(() => 'has a fixed data source'),
    ...queries.flatMap(({ expr, legendFormat = '' }) => {
      const { labels, problems } = readExpression(asSent(expr), series);
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      return [
        ...problems,
        ...(legendFormat === '' ? ['has no legend'] : []),
        ...shown.filter((label) => !labels.has(label)).map((label) => `shows the label ${label}, which no series has`),
        ...unfiltered(expr).map((metric) => `shows ${metric} of all nodes, whatever is selected`),
      ];
    }),
  ];
}

/** Metrics of the daemon that the selected nodes do not restrict. Those that only restrict others need not be. */
function unfiltered(expr: string): string[] {
  const shown = expr.replaceAll(/and on \(job, instance\) \w+/g, '');
  return [...shown.matchAll(/\b(?:hostpath|controller|process)_\w+(?!\w|\{node=~"\$node"\})/g)].map(
    ([metric]) => metric,
  );
}

function gridViolations(panels: readonly Panel[]): string[] {
  const placed = panels.map(({ title, gridPos }) => ({ title, at: gridPos ?? { x: 0, y: 0, w: 0, h: 0 } }));
  return [
    ...placed
      .filter(({ at }) => at.w < 1 || at.h < 1 || at.x + at.w > 24)
      .map(({ title }) => `"${title}" is outside the grid`),
    ...placed.flatMap((panel, n) =>
      placed
        .slice(n + 1)
        .filter((other) => overlap(panel.at, other.at))
        .map((other) => `"${panel.title}" lies on "${other.title}"`),
    ),
  ];
}

const overlap = (a: GridPos, b: GridPos): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
