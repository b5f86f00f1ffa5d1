import { PanelBuilder as BarsBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  VizLegendOptionsBuilder,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as FigureBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Panel } from './panel.ts';
import { panels } from './panels.ts';

/** The data source that the user selects above the dashboard. */
const datasource = { type: 'prometheus', uid: '$datasource' };

/** The dashboard for Grafana. Its library has Grafana's own schema as types. */
export function buildDashboard(): Dashboard {
  const builder = new DashboardBuilder('hostPath volumes')
    .uid('hostpath-provisioner')
    .description('Base directories, volumes and daemons of hostpath-provisioner. See docs/monitoring.md.')
    .tags(['hostpath-provisioner', 'storage'])
    .time({ from: 'now-6h', to: 'now' })
    .refresh('1m')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(
      new QueryVariableBuilder('node')
        .label('Node')
        .datasource(datasource)
        .query({ query: 'label_values(hostpath_base_directory_usable, node)', refId: 'node' })
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.NaturalAsc)
        .multi(true)
        .includeAll(true)
        .allValue('.*')
        .current({ text: 'All', value: '$__all' }),
    );
  panels.forEach((panel, n) => {
    builder.withPanel(panelBuilder(panel).id(n + 1));
  });
  return builder.build();
}

function panelBuilder(panel: Panel): FigureBuilder | BarsBuilder | LinesBuilder {
  const builder = ofKind(panel.kind)
    .title(panel.title)
    .description(panel.description)
    .datasource(datasource)
    .unit(panel.unit)
    .min(0)
    .span(panel.width)
    .height(panel.height)
    .thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps([...(panel.thresholds ?? [{ value: null, color: 'green' }])]),
    );
  if (panel.max !== undefined) builder.max(panel.max);
  panel.queries.forEach(({ expr, legend }, n) => {
    const refId = String.fromCharCode('A'.charCodeAt(0) + n);
    const query = new DataqueryBuilder().datasource(datasource).refId(refId).expr(expr).legendFormat(legend);
    builder.withTarget(panel.kind === 'lines' ? query.range() : query.instant());
  });
  return builder;
}

function ofKind(kind: Panel['kind']): FigureBuilder | BarsBuilder | LinesBuilder {
  const last = new ReduceDataOptionsBuilder().calcs(['lastNotNull']);
  switch (kind) {
    case 'figure':
      return new FigureBuilder().reduceOptions(last);
    case 'bars':
      return new BarsBuilder().reduceOptions(last).orientation(VizOrientation.Horizontal);
    case 'lines':
      return new LinesBuilder().legend(
        new VizLegendOptionsBuilder()
          .showLegend(true)
          .displayMode(LegendDisplayMode.List)
          .placement(LegendPlacement.Bottom),
      );
  }
}
