import { rename } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import type { DaemonProcess } from '../support/daemon-process.ts';
import { test } from '../support/integration.ts';
import { documentedMetrics } from '../support/prometheus/documented-series.ts';
import { until } from '../support/until.ts';

/** Labels by metric, as they are on /metrics. */
function labelsOn(page: string): Map<string, string> {
  const series = [...page.matchAll(/^([a-z_]+?)(?:_bucket|_sum|_count)?\{(.*)\} /gm)];
  return new Map(
    series.map(([, metric = '', labels = '']) => {
      const names = [...labels.matchAll(/([a-z]+)="/g)].map(([, name = '']) => name).filter((name) => name !== 'le');
      return [metric, names.join(', ')];
    }),
  );
}

async function pagesOf(daemon: DaemonProcess): Promise<Record<'metrics' | 'readyz' | 'healthz' | 'volumes', string>> {
  const [metrics, readyz, healthz, volumes] = await Promise.all(
    (['/metrics', '/readyz', '/healthz', '/volumes'] as const).map((path) => daemon.get(path)),
  );
  return {
    metrics: metrics?.text ?? '',
    readyz: readyz?.text ?? '',
    healthz: healthz?.text ?? '',
    volumes: volumes?.text ?? '',
  };
}

describe('what anybody may ask the daemon', () => {
  test('tells no name that a tenant chose, and on /metrics nothing but the labels that the documentation lists', async ({
    cluster,
  }) => {
    const daemon = await cluster.startDaemon();
    await cluster.createClaim('telling-claim');
    await cluster.createClaim('telling-kept-claim');
    const { claim, volume } = await cluster.untilBound('telling-claim');
    const kept = await cluster.untilBound('telling-kept-claim');
    await cluster.deleteClaim('telling-claim');
    await cluster.untilVolumeGone(volume.metadata.name);
    await cluster.createClaim('telling-source', {
      spec: { dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'telling-backup' } },
    });
    await cluster.createClaim('telling-class', {
      metadata: { annotations: { 'volume.kubernetes.io/storage-provisioner': cluster.provisioner } },
      spec: { storageClassName: 'telling-class' },
    });
    for (const refused of ['telling-source', 'telling-class']) {
      await until(`claim ${refused} has an Event`, async () => (await cluster.eventsOf(refused)).length > 0);
    }
    await rename(cluster.base, `${cluster.base}-away`);
    await until('/readyz has something to tell', async () => (await pagesOf(daemon)).readyz.startsWith('not ready'));

    const pages = await pagesOf(daemon);
    for (const page of Object.values(pages)) {
      expect(page.toLowerCase()).not.toContain('telling');
      for (const name of [cluster.namespace, claim.metadata.uid]) expect(page).not.toContain(name);
    }
    for (const page of [pages.metrics, pages.volumes]) expect(page).toContain(`"${kept.volume.metadata.name}"`);
    const labels = labelsOn(pages.metrics);
    expect(labels.get('controller_persistentvolume_delete_total')).toBe('class');
    for (const [metric, names] of labels)
      expect(`${metric}: ${names}`).toBe(`${metric}: ${[...(documentedMetrics.get(metric) ?? [])].join(', ')}`);
  });
});
