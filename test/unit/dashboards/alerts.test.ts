import { describe, expect, test } from 'vitest';
import { alertViolations } from '../../support/prometheus/alert-rules.ts';
import { documentedSeries } from '../../support/prometheus/documented-series.ts';
import { readExpression } from '../../support/prometheus/expression.ts';
import { type Alert, alerts, allSeries, recordingRules } from '../../support/prometheus/rule-files.ts';

const series = allSeries(documentedSeries);

test.each(alerts)('$alert, $labels.severity, can fire on documented metrics and says what comes next', (alert) => {
  expect(alertViolations(alert, series)).toEqual([]);
});

test.each(recordingRules)('$record is recorded from documented metrics', ({ expr }) => {
  expect(readExpression(expr, series).problems).toEqual([]);
});

describe('An alert is refused', () => {
  const [good] = alerts as [Alert];
  const told = (annotations: Partial<Alert['annotations']>) => ({
    annotations: { ...good.annotations, ...annotations },
  });
  test.each<[what: string, problem: string, change: Partial<Alert>]>([
    ['on an unknown metric', 'nothing serves hostpath_gone', { expr: 'hostpath_gone > 0' }],
    [
      'without its node',
      'does not tell the node',
      { expr: 'sum(hostpath_orphan_directories) > 0', ...told({ summary: '' }) },
    ],
    ['that fires at once', 'has no "for"', { for: '' }],
    ['of another severity', 'has the severity page', { labels: { severity: 'page' as 'info' } }],
    ['that tells a label it has not', 'tells the label zone', told({ summary: '{{ $labels.zone }}' })],
    ['without a command', 'names no command', told({ description: 'Look at the node.' })],
    [
      'with a command that is not there',
      '"heal" is not a command',
      told({ description: 'kubectl hostpath-provisioner heal.' }),
    ],
    [
      'with a flag that is not there',
      '--claim is not a flag of nodes',
      told({ description: 'kubectl hostpath-provisioner nodes --claim {{ $labels.node }}.' }),
    ],
    ["with another's runbook", 'has another runbook', told({ runbook: 'docs/monitoring.md#other' })],
    ['under a name of others', 'does not begin with Hostpath', { alert: 'DiskFull' }],
  ])('%s', (_, problem, change) => {
    expect(alertViolations({ ...good, ...change }, series).join('\n')).toContain(problem);
  });
});
