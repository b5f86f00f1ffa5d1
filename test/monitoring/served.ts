import type { Series } from '../support/prometheus/expression.ts';
import { targetLabels } from '../support/prometheus/rule-files.ts';

/** The series of a page of metrics, with their labels. */
export function seriesOn(page: string): Series {
  const all = new Map<string, Set<string>>();
  for (const [, metric = '', labels = ''] of page.matchAll(/^([a-zA-Z_]\w*)(?:\{(.*)\})? \S+$/gm)) {
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, name = '']) => name);
    all.set(metric, new Set([...(all.get(metric) ?? []), ...names]));
  }
  return all;
}

/** What promtool is given of one series: values in its notation, such as `1x5` for six times 1. */
export interface Input {
  metric: string;
  labels?: Record<string, string>;
  values: string;
}

const target: Record<string, string> = { node: 'node-1', job: 'hostpath-provisioner', instance: '10.0.0.1:8080' };
const usual: Record<string, string> = { pool: 'default', class: 'fast', source: '', reason: '', volume: 'pvc-1' };

/**
 * The input as promtool takes it. A series of the daemon has the labels that the real daemon served, and those of the scrape.
 * @throws {Error} if nothing serves the metric, or not with these labels
 */
export function inputSeries({ metric, labels = {}, values }: Input, all: Series): { series: string; values: string } {
  const names = all.get(metric);
  if (names === undefined) throw new Error(`nothing serves ${metric}`);
  const wrong = Object.keys(labels).filter((name) => !names.has(name) && !targetLabels.includes(name));
  if (wrong.length > 0) throw new Error(`${metric} has no label ${wrong.join(', ')}`);
  const given = [...names].map((name) => [name, labels[name] ?? target[name] ?? usual[name]] as const);
  const shown = given.flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${value}"`]));
  return { series: `${metric}{${shown.join(',')}}`, values };
}
