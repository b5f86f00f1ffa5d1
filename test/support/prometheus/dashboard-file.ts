import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import { dashboardsFolder } from './rule-files.ts';

export const dashboard: Dashboard = JSON.parse(
  readFileSync(join(dashboardsFolder, 'hostpath-provisioner.json'), 'utf8'),
);

export const panelsOf = ({ panels = [] }: Dashboard): Panel[] =>
  panels.filter((panel): panel is Panel => panel.type !== 'row');

export const queriesOf = ({ targets = [] }: Panel): Dataquery[] => targets as unknown as Dataquery[];

/** An expression as Grafana sends it when all nodes are selected. */
export const asSent = (expr: string, rateInterval = '5m'): string =>
  expr.replaceAll('$node', '.*').replaceAll('$__rate_interval', rateInterval);
