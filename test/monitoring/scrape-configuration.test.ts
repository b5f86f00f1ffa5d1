import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readManifests } from '../support/manifests.ts';
import { documentedConfiguration, documentedScrape } from '../support/prometheus/scrape-configuration.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { describeMonitoring, promtool } from './programs.ts';

describeMonitoring('the configuration in docs/monitoring.md for a Prometheus without an operator', () => {
  test('is one that Prometheus takes', async () => {
    await using folder = await temporaryDirectory();
    const path = join(folder.path, 'prometheus.yaml');
    const scrape_configs = [documentedScrape([{ address: '127.0.0.1:8080', node: 'node-1' }])];
    await writeFile(path, JSON.stringify({ ...documentedConfiguration, scrape_configs }));
    expect(await promtool(['check', 'config', path])).toContain('is valid prometheus config file syntax');
  });

  test('names the node as the PodMonitor does, and reads the same port of the same pods', () => {
    const [scrape] = documentedConfiguration.scrape_configs;
    const [{ spec, metadata }] = readManifests('dashboards/podmonitor.yaml');
    const [keep, { source_labels: sourceLabels, target_label: targetLabel }] = scrape.relabel_configs;
    const [{ port, relabelings }] = spec.podMetricsEndpoints;
    expect(scrape.kubernetes_sd_configs).toEqual([{ role: 'pod', namespaces: { names: [metadata.namespace] } }]);
    expect(keep.regex).toBe(`${spec.selector.matchLabels['app.kubernetes.io/name']};${port}`);
    expect([{ sourceLabels, targetLabel }]).toEqual(relabelings);
  });
});
