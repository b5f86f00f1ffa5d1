import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Api, type Json } from '../../support/api.ts';
import { createAll } from '../../support/manifests.ts';
import { coredns, dnsServiceAddress } from './commands.ts';
import { type Credentials, dnsUser } from './credentials.ts';
import { corefile } from './node-configuration.ts';
import type { Programs } from './programs.ts';
import { nodeAddress } from './sandbox.ts';

const deadlineMs = 30_000;
const readyPort = 8181; // default of CoreDNS

/** Makes the service that pods ask, and CoreDNS' rights. */
export async function makeDnsService(programs: Programs, credentials: Credentials): Promise<void> {
  const api = new Api(credentials.kubeconfigPath('admin'));
  try {
    // A controller of the API server makes the namespace kube-system.
    await programs.until('service of the cluster DNS made', deadlineMs, () => createAll(api, objects));
  } finally {
    await api.close();
  }
}

/**
 * Runs CoreDNS as a process of the node and waits until it knows the cluster.
 * @param address where this machine reaches the node
 */
export async function runClusterDns(programs: Programs, credentials: Credentials, address: string): Promise<void> {
  const corefilePath = join(programs.directory, 'Corefile');
  writeFileSync(corefilePath, corefile(credentials.kubeconfigPath('dns')));
  programs.start('coredns', coredns(corefilePath));
  await programs.until('cluster DNS ready', deadlineMs, async () => {
    const answer = await fetch(`http://${address}:${readyPort}/ready`);
    if (!answer.ok) throw new Error(`it waits for ${await answer.text()}`);
  });
}

const service = { name: 'kube-dns', namespace: 'kube-system' };
const role = 'system:coredns';
const ports = [
  { name: 'dns', protocol: 'UDP', port: 53 },
  { name: 'dns-tcp', protocol: 'TCP', port: 53 },
];
const rbacGroup = 'rbac.authorization.k8s.io';
const rbac = `${rbacGroup}/v1`;

/** The rights and the service that kubeadm gives it; the service has no selector, because there is no pod to find. */
const objects: Json[] = [
  {
    apiVersion: rbac,
    kind: 'ClusterRole',
    metadata: { name: role },
    rules: [
      { apiGroups: [''], resources: ['services', 'namespaces'], verbs: ['list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ],
  },
  {
    apiVersion: rbac,
    kind: 'ClusterRoleBinding',
    metadata: { name: role },
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: rbacGroup, kind: 'User', name: dnsUser }],
  },
  { apiVersion: 'v1', kind: 'Service', metadata: service, spec: { clusterIP: dnsServiceAddress, ports } },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...service, labels: { 'kubernetes.io/service-name': service.name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [nodeAddress] }],
    ports,
  },
];
