import { describe, expect, test } from 'vitest';
import { readArguments } from '../../src/plugin/command-line/read-arguments.ts';
import { Metrics } from '../../src/report/metrics.ts';
import { atRest } from '../support/metric-sources.ts';
import { documentedMetrics, monitoringDocument } from '../support/prometheus/documented-series.ts';
import { alerts } from '../support/prometheus/rule-files.ts';

/** Where a heading is found, as the pages of GitHub and GitLab have it. */
const anchors = [...monitoringDocument.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-'),
);

describe('docs/monitoring.md', () => {
  test('has each metric that there is', async () => {
    const text = await new Metrics(atRest).text();
    const names = [...text.matchAll(/^# HELP (\S+)/gm)].map(([, name = '']) => name);
    expect([...documentedMetrics.keys()].sort()).toEqual(names.sort());
  });

  test('has each alert in its table, with severity and delay', () => {
    const rows = [...monitoringDocument.matchAll(/^\| \[(\w+)\]\(#(\w+)\) \| (\w+) \| (\w+) \|/gm)].map((row) =>
      row.slice(1),
    );
    expect(rows).toEqual(
      alerts.map(({ alert, labels, for: after }) => [alert, alert.toLowerCase(), labels.severity, after]),
    );
  });

  test('says of each alert what to do, where its runbook leads', () => {
    const runbooks = alerts.map(({ annotations }) => annotations.runbook.replace('docs/monitoring.md#', ''));
    expect(runbooks.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
  });

  test('names commands of the plugin as it takes them', () => {
    const spans = [...monitoringDocument.matchAll(/`kubectl\s+hostpath-provisioner\s+([^`]+)`/g)];
    const read = spans.map(([, words = '']) => readArguments(words.split(/\s+/)));
    expect(read.filter((answer) => 'problems' in answer)).toEqual([]);
    expect(read.length).toBeGreaterThan(5);
  });

  test('has the headings that the comments of rules and alerts name', () => {
    expect(anchors).toEqual(expect.arrayContaining(['scrape', 'alerts', 'metrics', 'tools-that-read-kubelets-series']));
  });
});
