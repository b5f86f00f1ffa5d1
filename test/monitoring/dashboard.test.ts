import { expect } from 'vitest';
import { asSent, dashboard, panelsOf, queriesOf } from '../support/prometheus/dashboard-file.ts';
import { dashboardViolations } from '../support/prometheus/dashboard-rules.ts';
import { readExpression } from '../support/prometheus/expression.ts';
import { recordingRules } from '../support/prometheus/rule-files.ts';
import { until } from '../support/until.ts';
import { test } from './monitoring-test.ts';
import { describeMonitoring } from './programs.ts';

const queries = panelsOf(dashboard).flatMap((panel) =>
  queriesOf(panel).map(({ expr, legendFormat }) => ({ title: panel.title, expr, legend: legendFormat })),
);

describeMonitoring('a Prometheus that scrapes the real daemon', () => {
  test('has the metrics and labels that the dashboard and the recording rules name', ({ series }) => {
    expect(dashboardViolations(dashboard, series)).toEqual([]);
    expect(recordingRules.flatMap(({ expr }) => readExpression(expr, series).problems)).toEqual([]);
  });

  test.for(queries)('has data for the panel "$title", $legend', async ({ expr }, { daemon, prometheus }) => {
    await until(
      'the daemon was scraped',
      async () => (await prometheus.query('hostpath_claim_queue_depth')).length > 0,
    );
    await until(
      `there is data for ${expr}`,
      async () => {
        const values = (await prometheus.query(asSent(expr, '1m'))).map(({ value }) => value);
        if (values.length > 0 && !values.some(Number.isNaN)) return true;
        await daemon.work(); // a rate needs an increase between two scrapes
        throw new Error(JSON.stringify(values));
      },
      { everyMs: 500 },
    );
  });

  test('names the claims of the volumes that use the most', async ({ cluster, prometheus }) => {
    const expr = queries.find(({ title }) => title?.startsWith('Used of requested'))?.expr ?? '';
    const first = await until('the first is the one over its request', async () => {
      const [highest] = await prometheus.query(asSent(expr));
      return highest?.metric.persistentvolumeclaim === 'data-0-my-kafka-0' && highest;
    });
    expect(first.metric.namespace).toBe(cluster.namespace);
    expect(first.value).toBeGreaterThan(3);
  });

  test("evaluates each rule without an error, and has the alerts of the daemon's state on its node", async ({
    cluster,
    prometheus,
  }) => {
    await until('each rule was evaluated', async () =>
      (await prometheus.rules()).every(({ health }) => health !== 'unknown'),
    );
    const rules = await prometheus.rules();
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    const expected = ['HostpathOrphanDirectories', 'HostpathVolumeDirectoryMissing', 'HostpathVolumeOverRequest'];
    const active = async () =>
      (await prometheus.rules()).flatMap(({ name, alerts = [] }) =>
        alerts.map(({ labels }) => ({ name, node: labels.node })),
      );
    await until('the alerts are active', async () => {
      const names = (await active()).map(({ name }) => name);
      return expected.every((name) => names.includes(name));
    });
    const nodes = new Set((await active()).map(({ node }) => node));
    expect([...nodes]).toEqual([cluster.nodeName]);
  });

  test("has the usage of a claim under kubelet's name", async ({ cluster, prometheus }) => {
    const expr = `kubelet_volume_stats_used_bytes{namespace="${cluster.namespace}", persistentvolumeclaim="data-0-my-kafka-0"}`;
    const [found] = await until('it is recorded', async () => {
      const results = await prometheus.query(expr);
      return results.length > 0 && results;
    });
    expect(found?.metric).toMatchObject({ job: 'kubelet', source: 'hostpath-provisioner' });
    expect(found?.value).toBeGreaterThan(3 * 2 ** 20);
  });
});
