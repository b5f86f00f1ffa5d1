import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadYaml } from '@kubernetes/client-node';
import { readExpression, type Series } from './expression.ts';

export interface RecordingRule {
  record: string;
  expr: string;
  labels: Record<string, string>;
}

export interface Alert {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: 'critical' | 'warning' | 'info' };
  annotations: { summary: string; description: string; runbook: string };
}

export const dashboardsFolder = join(import.meta.dirname, '../../../dashboards');
export const rulesPath = join(dashboardsFolder, 'rules.yaml');
export const alertsPath = join(dashboardsFolder, 'alerts.yaml');

const rulesIn = <Rule>(path: string): Rule[] =>
  loadYaml<{ groups: { rules: Rule[] }[] }>(readFileSync(path, 'utf8')).groups.flatMap(({ rules }) => rules);

export const recordingRules = rulesIn<RecordingRule>(rulesPath);
export const alerts = rulesIn<Alert>(alertsPath);

/** What a scrape configuration that docs/monitoring.md shows adds to each series. */
export const targetLabels = ['node', 'job', 'instance'];

/** Series of others that the rules read, with the labels that they use. */
const ofOthers: Record<string, string[]> = {
  // kube-state-metrics: docs/metrics/storage/persistentvolumeclaim-metrics.md and docs/metrics/workload/daemonset-metrics.md
  kube_persistentvolumeclaim_info: ['namespace', 'persistentvolumeclaim', 'storageclass', 'volumename', 'volumemode'],
  kube_daemonset_status_desired_number_scheduled: ['namespace', 'daemonset'],
  kube_daemonset_status_number_ready: ['namespace', 'daemonset'],
  // Kubelet: pkg/kubelet/metrics/collectors/volume_stats.go. A recording rule of ours adds the label "source" to its own.
  kubelet_volume_stats_capacity_bytes: ['namespace', 'persistentvolumeclaim', 'source'],
  kubelet_volume_stats_used_bytes: ['namespace', 'persistentvolumeclaim', 'source'],
  kubelet_volume_stats_available_bytes: ['namespace', 'persistentvolumeclaim', 'source'],
};

/** The series of the daemon with what the scrape adds, those of others, and those that the recording rules add. */
export function allSeries(ofDaemon: Series): Series {
  const all = new Map<string, ReadonlySet<string>>();
  for (const [metric, labels] of ofDaemon) all.set(metric, new Set([...labels, ...targetLabels]));
  for (const [metric, labels] of Object.entries(ofOthers)) all.set(metric, new Set(labels));
  for (const { record, expr } of recordingRules) {
    if (!(record in ofOthers)) all.set(record, readExpression(expr, all).labels);
  }
  return all;
}
