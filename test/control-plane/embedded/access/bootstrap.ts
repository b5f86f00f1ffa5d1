import type { Json } from '../objects/object.ts';
import type { Registry } from '../objects/registry.ts';
import { clusterRoleBindings, clusterRoles, namespaces } from '../objects/resources.ts';

const probes = ['/healthz', '/livez', '/readyz', '/version', '/version/'];
const everyone = ['system:authenticated', 'system:unauthenticated'];

const roles: { name: string; rules: Json[]; groups: string[] }[] = [
  {
    name: 'cluster-admin',
    rules: [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ],
    groups: ['system:masters'],
  },
  {
    name: 'system:discovery',
    rules: [
      { verbs: ['get'], nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*', ...probes] },
    ],
    groups: ['system:authenticated'],
  },
  {
    name: 'system:public-info-viewer',
    rules: [{ verbs: ['get'], nonResourceURLs: probes }],
    groups: everyone,
  },
];

/** What is there in a cluster from the beginning, as far as this server has a use for it. */
export function bootstrap(registry: Registry): void {
  const create = (resource: Parameters<Registry['create']>[0], object: Json) => registry.create(resource, object);
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    create(namespaces, { metadata: { name } });
  }
  for (const { name, rules, groups } of roles) {
    create(clusterRoles, { metadata: { name }, rules });
    create(clusterRoleBindings, {
      metadata: { name },
      roleRef: { kind: 'ClusterRole', name },
      subjects: groups.map((group) => ({ kind: 'Group', name: group })),
    });
  }
}
