import { loadYaml } from '@kubernetes/client-node';
import type { Json } from '../api.ts';
import { monitoringDocument } from './documented-series.ts';

/** What docs/monitoring.md shows for a Prometheus without an operator. */
export const documentedConfiguration: Json = loadYaml(
  /```yaml\n(scrape_configs:.*?)```/s.exec(monitoringDocument)?.[1] ?? '',
);

/**
 * The documented scrape of these daemons, given to Prometheus as the pods that Kubernetes would tell it of: Debian builds it without
 * that discovery.
 * @param daemons host and port, and the node
 */
export function documentedScrape(daemons: readonly { address: string; node: string }[]): Json {
  const { kubernetes_sd_configs, ...others } = documentedConfiguration.scrape_configs[0];
  const static_configs = daemons.map(({ address, node }) => ({
    targets: [address],
    labels: {
      __meta_kubernetes_pod_label_app_kubernetes_io_name: 'hostpath-provisioner',
      __meta_kubernetes_pod_container_port_name: 'http',
      __meta_kubernetes_pod_node_name: node,
    },
  }));
  return { ...others, static_configs };
}
