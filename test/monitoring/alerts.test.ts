import { describe, expect } from 'vitest';
import { alertViolations } from '../support/prometheus/alert-rules.ts';
import { alerts, alertsPath, rulesPath } from '../support/prometheus/rule-files.ts';
import { alertCases } from './alert-cases.ts';
import { test } from './monitoring-test.ts';
import { describeMonitoring, promtool } from './programs.ts';
import { expectFiring, expectSilent } from './rule-test.ts';
import { inputSeries } from './served.ts';

describeMonitoring('alerts on the series of the real daemon', () => {
  test("promtool finds no fault in the daemon's page, and none in the rules", async ({ page }) => {
    expect(await promtool(['check', 'metrics'], page)).toBe('');
    expect(await promtool(['check', 'rules', rulesPath, alertsPath])).not.toContain('FAILED');
  });

  test.for(alerts)('$alert, $labels.severity, reads what the daemon serves', (alert, { series }) => {
    expect(alertViolations(alert, series)).toEqual([]);
  });

  test('Each has a case in which it fires', () => {
    const named = (alert: string, severity: string) => `${alert} ${severity}`;
    expect(alertCases.map(({ alert, severity }) => named(alert, severity))).toEqual(
      alerts.map(({ alert, labels }) => named(alert, labels.severity)),
    );
  });

  test.for(alertCases)('$alert, $severity, fires with its texts filled in', (alertCase, { series }) => {
    return expectFiring(alertCase, series);
  });

  const silent = alertCases.flatMap((alertCase) =>
    Object.entries(alertCase.silent).map(([what, inputs]) => ({ ...alertCase, what, inputs })),
  );
  test.for(silent)('$alert, $severity, is silent with $what', ({ inputs, ...alertCase }, { series }) => {
    return expectSilent(alertCase, inputs, series);
  });

  describe('A case is refused', () => {
    test.for([
      ['of a metric that nothing serves', { metric: 'hostpath_gone', values: '1' }, 'nothing serves hostpath_gone'],
      [
        'of a label that is not served',
        { metric: 'hostpath_trash_bytes', labels: { zone: 'a' }, values: '1' },
        'no label zone',
      ],
    ] as const)('%s', ([, input, problem], { series }) => {
      expect(() => inputSeries(input, series)).toThrow(problem);
    });

    test('that does not fire', async ({ series }) => {
      const [first] = alertCases;
      const usable = { metric: 'hostpath_base_directory_usable', values: '1x5' };
      if (first === undefined) throw new Error('there is no case');
      await expect(expectFiring({ ...first, fires: [usable] }, series)).rejects.toThrow(
        'HostpathBaseDirectoryUnusable',
      );
      await expect(expectSilent(first, first.fires, series)).rejects.toThrow('HostpathBaseDirectoryUnusable');
    });
  });
});
