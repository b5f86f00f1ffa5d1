import type { Series } from '../support/prometheus/expression.ts';
import { test } from './monitoring-test.ts';
import { describeMonitoring } from './programs.ts';
import { expectSamples } from './rule-test.ts';
import type { Input } from './served.ts';

const claim = { namespace: 'kafka', persistentvolumeclaim: 'data-0-my-kafka-0' };
const info: Input = {
  metric: 'kube_persistentvolumeclaim_info',
  labels: { ...claim, volumename: 'pvc-1' },
  values: '1x10',
};
const usage = (used: number, capacity: number, available: number): Input[] => [
  info,
  { metric: 'hostpath_volume_used_bytes', values: `${used}x10` },
  { metric: 'hostpath_volume_capacity_bytes', values: `${capacity}x10` },
  { metric: 'hostpath_volume_available_bytes', values: `${available}x10` },
];
const recorded = (metric: string): string =>
  `${metric}{job="kubelet", metrics_path="/metrics", namespace="kafka", persistentvolumeclaim="data-0-my-kafka-0", source="hostpath-provisioner"}`;
const [capacityBytes, usedBytes, availableBytes] = ['capacity', 'used', 'available'].map(
  (figure) => `kubelet_volume_stats_${figure}_bytes`,
) as [string, string, string];

/** kubernetes-mixin, alerts/storage_alerts.libsonnet, as kube-prometheus renders it. */
const mixin = `(
  kubelet_volume_stats_available_bytes{job="kubelet", namespace=~".*", metrics_path="/metrics"}
    / kubelet_volume_stats_capacity_bytes{job="kubelet", namespace=~".*", metrics_path="/metrics"}
) < 0.03
and kubelet_volume_stats_used_bytes{job="kubelet", namespace=~".*", metrics_path="/metrics"} > 0
unless on (cluster, namespace, persistentvolumeclaim) kube_persistentvolumeclaim_access_mode{access_mode="ReadOnlyMany"} == 1
unless on (cluster, namespace, persistentvolumeclaim) kube_persistentvolumeclaim_labels{label_excluded_from_alerts="true"} == 1`;

/** Strimzi, packaging/examples/metrics/prometheus-install/prometheus-rules.yaml. */
const strimzi = `kubelet_volume_stats_available_bytes{persistentvolumeclaim=~"data(-[0-9]+)?-(.+)-kafka-[0-9]+"} * 100
/ kubelet_volume_stats_capacity_bytes{persistentvolumeclaim=~"data(-[0-9]+)?-(.+)-kafka-[0-9]+"} < 15`;

/** What kubelet serves of a volume of type local: its series have more labels than ours. */
const ofKubelet = (metric: string, values: string): Input => ({
  metric,
  labels: { ...claim, job: 'kubelet', metrics_path: '/metrics', instance: '10.0.0.1:10250', node: 'node-1' },
  values,
});
const kubeletLabels =
  '{instance="10.0.0.1:10250", job="kubelet", metrics_path="/metrics", namespace="kafka", node="node-1", persistentvolumeclaim="data-0-my-kafka-0"}';

/** Kubelet's own series have no label "source", and labels of its scrape. */
const withKubelet = (series: Series): Series => {
  const names = new Set(['namespace', 'persistentvolumeclaim', 'job', 'metrics_path', 'instance', 'node']);
  return new Map([...series, ...[capacityBytes, usedBytes, availableBytes].map((metric) => [metric, names] as const)]);
};

describeMonitoring("the daemon's figures under kubelet's names", () => {
  test('are there for the claim, and available is what is left of the request', ({ series }) =>
    expectSamples(usage(600, 1_000, 50_000), series, {
      [capacityBytes]: [{ labels: recorded(capacityBytes), value: 1_000 }],
      [usedBytes]: [{ labels: recorded(usedBytes), value: 600 }],
      [availableBytes]: [{ labels: recorded(availableBytes), value: 400 }],
    }));

  test.for<[what: string, used: number, available: number, expected: number]>([
    ['is no more than the disk has', 600, 300, 300],
    ['is nothing, and not less, above the request', 1_400, 50_000, 0],
  ])('%s', ([, used, available, value], { series }) =>
    expectSamples(usage(used, 1_000, available), series, {
      [availableBytes]: [{ labels: recorded(availableBytes), value }],
    }),
  );

  test('are not there before used bytes are counted, but for the capacity', ({ series }) =>
    expectSamples(
      usage(0, 1_000, 50_000).filter(({ metric }) => metric !== 'hostpath_volume_used_bytes'),
      series,
      { [capacityBytes]: [{ labels: recorded(capacityBytes), value: 1_000 }], [usedBytes]: [], [availableBytes]: [] },
    ));

  test('are there once when two kube-state-metrics tell of the claim', ({ series }) =>
    expectSamples(
      [...usage(600, 1_000, 50_000), { ...info, labels: { ...info.labels, storageclass: 'slow' } }],
      series,
      {
        [usedBytes]: [{ labels: recorded(usedBytes), value: 600 }],
      },
    ));

  test("make the mixin's and Strimzi's alerts fire for a full volume", ({ series }) =>
    expectSamples(usage(990, 1_000, 50_000), series, {
      [mixin]: [{ labels: recorded(''), value: 0.01 }],
      [strimzi]: [{ labels: recorded(''), value: 1 }],
    }));

  test('keep these alerts silent for a volume with space', ({ series }) =>
    expectSamples(usage(500, 1_000, 50_000), series, { [mixin]: [], [strimzi]: [] }));

  test("give way to kubelet's own", ({ series }) => {
    const own = [
      ofKubelet(capacityBytes, '9000x10'),
      ofKubelet(usedBytes, '1000x10'),
      ofKubelet(availableBytes, '8000x10'),
    ];
    return expectSamples([...usage(990, 1_000, 50_000), ...own], withKubelet(series), {
      [capacityBytes]: [{ labels: capacityBytes + kubeletLabels, value: 9_000 }],
      [usedBytes]: [{ labels: usedBytes + kubeletLabels, value: 1_000 }],
      [availableBytes]: [{ labels: availableBytes + kubeletLabels, value: 8_000 }],
      [mixin]: [],
      [strimzi]: [],
    });
  });
});
