import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { readManifests } from '../support/manifests.ts';
import { alerts, recordingRules } from '../support/prometheus/rule-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { documentedCommands, withNames } from './documented.ts';
import { test, testOnApiServer } from './install-test.ts';
import { objectsOf } from './objects.ts';
import { definitionsOfPrometheusOperator } from './prometheus-operator.ts';

const names = [
  'ConfigMap/hostpath-provisioner-dashboard',
  'PodMonitor/hostpath-provisioner',
  'PrometheusRule/hostpath-provisioner',
];
const [kustomize = '', helm, annotate = ''] = documentedCommands('monitoring.md', 'Scrape');
const chart = 'helm template hostpath-provisioner charts/hostpath-provisioner';
const all = '--set monitoring.podMonitor.enabled=true,monitoring.rules.enabled=true,monitoring.dashboard.enabled=true';

/** Those of the objects that are there for Prometheus and Grafana. */
const watching = (objects: Record<string, Json>): Record<string, Json> =>
  Object.fromEntries(Object.entries(objects).filter(([name]) => names.includes(name)));

describe('What watches the daemon', () => {
  test('is the same from the chart as from Kustomize', async ({ shell }) => {
    const fromChart = watching(objectsOf(await shell.run(`${chart} ${all}`)));
    const fromKustomize = objectsOf(await shell.run(kustomize.replace('kubectl apply -k', 'kubectl kustomize')));
    expect(Object.keys(fromKustomize).sort()).toEqual(names);
    expect(fromChart).toEqual(fromKustomize);
  });

  test.for([
    ['podMonitor', 'PodMonitor/hostpath-provisioner'],
    ['rules', 'PrometheusRule/hostpath-provisioner'],
    ['dashboard', 'ConfigMap/hostpath-provisioner-dashboard'],
  ])('comes from the chart part by part: %s', async ([value, name], { shell }) => {
    const objects = objectsOf(await shell.run(`${chart} --set monitoring.${value}.enabled=true`));
    expect(Object.keys(watching(objects))).toEqual([name]);
  });

  test('has the labels and the interval of the values', async ({ shell }) => {
    const flags = `${all} --set monitoring.labels.release=prometheus,monitoring.podMonitor.interval=1m`;
    const [, podMonitor = '', rules = ''] = names;
    const objects = objectsOf(await shell.run(`${chart} ${flags}`));
    for (const name of [podMonitor, rules]) expect(objects[name].metadata.labels.release).toBe('prometheus');
    expect(objects[podMonitor].spec.podMetricsEndpoints[0].interval).toBe('1m');
  });

  test('reads the port of the pods, and names their node', () => {
    const [{ metadata, spec: monitor }] = readManifests('dashboards/podmonitor.yaml');
    const [daemonSet] = readManifests('manifests/daemonset.yaml');
    const { template } = daemonSet.spec;
    expect(metadata.namespace).toBe(daemonSet.metadata.namespace);
    expect(template.metadata.labels).toMatchObject(monitor.selector.matchLabels);
    const [endpoint] = monitor.podMetricsEndpoints;
    expect(template.spec.containers[0].ports.map(({ name }: Json) => name)).toEqual([endpoint.port]);
    expect(endpoint.relabelings).toEqual([{ sourceLabels: ['__meta_kubernetes_pod_node_name'], targetLabel: 'node' }]);
  });

  test('has each rule and each alert, templates and all', async ({ shell }) => {
    const objects = objectsOf(await shell.run(`${chart} --set monitoring.rules.enabled=true`));
    const { groups } = objects['PrometheusRule/hostpath-provisioner'].spec;
    expect(groups.flatMap(({ rules }: Json) => rules)).toEqual([...recordingRules, ...alerts]);
  });

  test('is there after the documented command of Helm', async ({ shell }) => {
    const command = withNames(helm, { 'helm upgrade': 'helm template', '--reuse-values ': '' });
    const objects = watching(objectsOf(await shell.run(command)));
    expect(Object.keys(objects).sort()).toEqual(names);
    expect(objects['PodMonitor/hostpath-provisioner'].metadata.labels.release).toBe('kube-prometheus-stack');
  });

  test('has the label that the documented folder of Kustomize gives it', async ({ shell }) => {
    await using copy = await temporaryDirectory();
    const page = await readFile(join(import.meta.dirname, '../../docs/monitoring.md'), 'utf8');
    const [, own = ''] = /```yaml\n(apiVersion: kustomize.*?)```/s.exec(page) ?? [];
    await shell.run(`mkdir ${copy.path}/own && cp -r dashboards ${copy.path}`);
    await writeFile(join(copy.path, 'own/kustomization.yaml'), own);
    const objects = objectsOf(await shell.run(`kubectl kustomize ${copy.path}/own`));
    expect(Object.keys(objects).sort()).toEqual(names);
    for (const name of names) expect(objects[name].metadata.labels.release).toBe('kube-prometheus-stack');
  });

  test.for([
    ['of an interval without a unit', '--set monitoring.podMonitor.interval=30', '/monitoring/podMonitor/interval'],
    ['that is not known', '--set monitoring.serviceMonitor.enabled=true', "'serviceMonitor' not allowed"],
    ['of a switch as a word', '--set-string monitoring.rules.enabled=true', '/monitoring/rules/enabled'],
    ['of a label as a number', '--set monitoring.labels.release=1', '/monitoring/labels/release'],
  ] as const)('is refused by the chart with a value %s', async ([, flags, told], { shell }) => {
    expect(await shell.refused(`${chart} ${flags}`)).toContain(told);
  });
});

testOnApiServer('The pods get the documented annotations, which ask to be scraped', async ({ shell }) => {
  await shell.run('kubectl apply -f rbac/ && kubectl apply -f manifests/daemonset.yaml');
  await shell.run(annotate);
  const template = '-n hostpath-provisioner-system get daemonset hostpath-provisioner -o jsonpath={.spec.template}';
  const { metadata, spec } = JSON.parse(await shell.run(`kubectl ${template}`));
  expect(metadata.annotations).toEqual({ 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' });
  expect(spec.containers[0].ports[0].containerPort).toBe(8080);
});

testOnApiServer(
  'The definitions of Prometheus Operator know each field of the monitor and of the rules',
  async ({ shell }) => {
    for (const path of definitionsOfPrometheusOperator()) await shell.run(`kubectl create -f ${path}`);
    await shell.run('kubectl wait --for=condition=Established crd --all');
    await shell.run('kubectl apply -f rbac/');
    await shell.run(kustomize);
    const ofOperator = 'kubectl -n hostpath-provisioner-system get podmonitor,prometheusrule';
    expect(await shell.run(`${ofOperator} -o name`)).toBe(
      'podmonitor.monitoring.coreos.com/hostpath-provisioner\nprometheusrule.monitoring.coreos.com/hostpath-provisioner\n',
    );
    const misspelt = 'sed s/podMetricsEndpoints/podMetricEndpoints/ dashboards/podmonitor.yaml | kubectl apply -f -';
    expect(await shell.refused(misspelt)).toContain('unknown field "spec.podMetricEndpoints"');
  },
);
