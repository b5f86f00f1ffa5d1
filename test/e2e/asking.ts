import { readFileSync, writeFileSync } from 'node:fs';
import type { Json } from '../support/api.ts';
import { until } from '../support/until.ts';
import type { PluginShell } from './plugin-shell.ts';
import type { TestCluster } from './test-cluster.ts';

/** Who asks: a user with the groups that its kubeconfig names. */
export interface Asking {
  user: string;
  groups?: readonly string[];
}

/** Writes a kubeconfig in which the administrator acts as another user. @returns its path */
export function kubeconfigAs({ user, groups }: Asking, cluster: TestCluster, shell: PluginShell): string {
  const config = JSON.parse(readFileSync(cluster.node.adminKubeconfigPath, 'utf8'));
  Object.assign(config.users[0].user, { as: user, 'as-groups': groups });
  const path = shell.path(`${user}.kubeconfig`);
  writeFileSync(path, JSON.stringify(config));
  return path;
}

/**
 * Waits until the API server grants all rights of a role. It hears of new roles and bindings by a watch, and denies until then what
 * they allow.
 * @param namespace of the role; none for a ClusterRole
 */
export async function untilGranted(
  { api }: TestCluster,
  asking: Asking,
  rules: readonly Json[],
  namespace?: string,
): Promise<void> {
  const rights = rules.flatMap(({ apiGroups: [group], resources, verbs }) =>
    resources.flatMap((name: string) => {
      const [resource, subresource] = name.split('/');
      return verbs.map((verb: string) => ({ verb, group, resource, subresource, namespace }));
    }),
  );
  for (const resourceAttributes of rights) {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { ...asking, resourceAttributes },
    };
    const isAllowed = async () =>
      (await api.create('/apis/authorization.k8s.io/v1/subjectaccessreviews', review)).status.allowed;
    await until(`${asking.user} may ${JSON.stringify(resourceAttributes)}`, isAllowed);
  }
}
