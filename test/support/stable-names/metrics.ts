import { Registry } from 'prom-client';
import { Metrics } from '../../../src/report/metrics.ts';
import { atRest } from '../metric-sources.ts';

const pool = {
  pool: 'default',
  volumes: [{ volume: 'pvc-1', capacityBytes: 1, usedBytes: 1, availableBytes: 1, inodes: 1, ageSeconds: 1 }],
  trashBytes: 1,
  freeBytes: 1,
};

/** Each metric with its labels, such as `hostpath_failures_total{flow,reason}`. */
export async function metricNames(): Promise<string[]> {
  const registered = new Map<string, readonly string[]>();
  const { registerMetric } = Registry.prototype;
  Registry.prototype.registerMetric = function (metric) {
    const { name, labelNames } = metric as unknown as { name: string; labelNames: string[] };
    registered.set(name, labelNames);
    registerMetric.call(this, metric);
  };
  try {
    const text = await new Metrics({ ...atRest, usage: async () => [pool] }).text();
    for (const [, name = ''] of text.matchAll(/^# TYPE (\S+)/gm)) {
      if (!registered.has(name)) registered.set(name, labelsOf(text, name));
    }
  } finally {
    Registry.prototype.registerMetric = registerMetric;
  }
  return [...registered].map(([name, labels]) => (labels.length === 0 ? name : `${name}{${labels.join(',')}}`)).sort();
}

/** Labels of a metric that is written without a registry, from its first line. */
function labelsOf(text: string, name: string): string[] {
  const [, labels = ''] = new RegExp(`^${name}{([^}]*)}`, 'm').exec(text) ?? [];
  return [...labels.matchAll(/(\w+)=/g)].map(([, label = '']) => label);
}
