import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Series } from '../support/prometheus/expression.ts';
import { type Alert, alerts, alertsPath, rulesPath } from '../support/prometheus/rule-files.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import type { AlertCase } from './alert-cases.ts';
import { promtool } from './programs.ts';
import { type Input, inputSeries } from './served.ts';

/** A sample that an expression must have: its labels as in `{a="b"}`, and its value. */
export interface Sample {
  labels: string;
  value: number;
}

interface Expected {
  alert_rule_test?: unknown[];
  promql_expr_test?: unknown[];
}

/** @throws {Error} with what promtool found, unless the rules make of these series what is expected */
async function testRules(inputs: readonly Input[], all: Series, expected: Expected): Promise<void> {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'test.yaml');
  const test = { interval: '1m', input_series: inputs.map((input) => inputSeries(input, all)), ...expected };
  const file = { rule_files: [rulesPath, alertsPath], evaluation_interval: '1m', tests: [test] };
  await writeFile(path, JSON.stringify(file));
  await promtool(['test', 'rules', path]);
}

/** @throws {Error} unless the alert fires, with its texts filled in, while others of its name do not */
export async function expectFiring(
  { alert, severity, fires, at, labels, value }: AlertCase,
  all: Series,
): Promise<void> {
  const rule = alerts.find((found) => found.alert === alert && found.labels.severity === severity);
  if (rule === undefined) throw new Error(`no alert ${alert} of severity ${severity}`);
  const exp_alerts = [{ exp_labels: { ...labels, severity }, exp_annotations: filledIn(rule, labels, value) }];
  await testRules(fires, all, { alert_rule_test: [{ eval_time: at, alertname: alert, exp_alerts }] });
}

/** @throws {Error} if the alert fires on these series */
export async function expectSilent({ alert, at }: AlertCase, inputs: readonly Input[], all: Series): Promise<void> {
  await testRules(inputs, all, { alert_rule_test: [{ eval_time: at, alertname: alert, exp_alerts: [] }] });
}

/** @throws {Error} unless each expression has exactly these samples at the fifth minute, of these series and the recording rules */
export async function expectSamples(
  inputs: readonly Input[],
  all: Series,
  expected: Record<string, Sample[]>,
): Promise<void> {
  const promql_expr_test = Object.entries(expected).map(([expr, exp_samples]) => ({
    expr,
    eval_time: '5m',
    exp_samples,
  }));
  await testRules(inputs, all, { promql_expr_test });
}

/** The texts of an alert as they reach a person. */
function filledIn({ annotations }: Alert, labels: Record<string, string>, value: string): Record<string, string> {
  const fill = (text: string): string =>
    text
      .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? '')
      .replaceAll(/\{\{ \$value(?: \| \w+)? \}\}/g, value);
  return Object.fromEntries(Object.entries(annotations).map(([name, text]) => [name, fill(text)]));
}
