import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDashboard } from './dashboard.ts';

export const project = join(import.meta.dirname, '..');

/** Texts of the files that are written from others, by path in the project. */
export function generatedFiles(): Record<string, string> {
  const dashboard = `${JSON.stringify(buildDashboard(), null, 2)}\n`;
  const [rules, alerts] = ['rules', 'alerts'].map((name) =>
    readFileSync(join(project, 'dashboards', `${name}.yaml`), 'utf8'),
  ) as [string, string];
  const chart = 'charts/hostpath-provisioner/files';
  return {
    'dashboards/hostpath-provisioner.json': dashboard,
    'dashboards/prometheusrule.yaml': prometheusRule(rules, alerts),
    // Helm reads no file outside the chart.
    [`${chart}/hostpath-provisioner.json`]: dashboard,
    [`${chart}/rules.yaml`]: rules,
    [`${chart}/alerts.yaml`]: alerts,
  };
}

/** The object of the Prometheus Operator that holds both files of rules. */
function prometheusRule(...files: string[]): string {
  const groups = files.map((text) => text.slice(text.indexOf('groups:\n') + 'groups:\n'.length));
  return `# Written by "npm run dashboards" from rules.yaml and alerts.yaml.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: hostpath-provisioner
  namespace: hostpath-provisioner-system
  labels:
    app.kubernetes.io/name: hostpath-provisioner
spec:
  groups:
${groups.join('\n').replaceAll(/^(?=.)/gm, '  ')}`;
}
