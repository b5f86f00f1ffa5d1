import type { Daemon, NodeObject } from '../../overview.ts';
import { nodeOf } from '../../rows/node-of.ts';
import { finding } from '../checks.ts';
import { type Facts, isNodeReady } from '../facts.ts';
import type { Finding } from '../finding.ts';
import type { Group } from '../group.ts';
import { shellWord } from '../shell-word.ts';
import { newest } from '../versions.ts';
import { shortened } from '../warnings.ts';

/** Whether a daemon runs on each node that needs one, and whether all are ready and of one version. */
export const daemonGroup: Group = {
  name: 'daemons',
  needs: ['daemons', 'daemonSets', 'nodes', 'volumes', 'statuses'],

  look(facts) {
    if (facts.daemons === undefined) return [];
    if (facts.daemons.size === 0) return [noDaemon(facts)];
    return [...missing(facts), ...notReady(facts, [...facts.daemons.values()]), ...differentVersions(facts)];
  },

  well({ daemons, statuses }) {
    const count = daemons?.size ?? 0;
    const [version] = versionsOf(statuses);
    return `${count} of ${count} ready${version === undefined ? '' : `, ${version}`}`;
  },
};

const ofDaemonSet = ({ installation: { namespace, daemonSet } }: Facts, verb: string): string =>
  `kubectl -n ${shellWord(namespace)} ${verb} daemonset ${shellWord(daemonSet)}`;

function noDaemon(facts: Facts): Finding {
  const [daemonSet] = facts.daemonSets ?? [];
  if (daemonSet === undefined) {
    return finding(
      'no-daemon',
      'daemons',
      'none runs, and there is no DaemonSet',
      'kubectl apply -f rbac/ -f manifests/daemonset.yaml',
    );
  }
  const selector = daemonSet.spec?.template?.spec?.nodeSelector ?? {};
  if (daemonSet.status?.desiredNumberScheduled === 0 && Object.keys(selector).length > 0) {
    const labels = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
    const text = `none runs: no node has the label ${labels.join(' and ')} of the DaemonSet's nodeSelector`;
    const patch = `[{"op":"remove","path":"/spec/template/spec/nodeSelector"}]`;
    return finding('no-daemon', 'daemons', text, `${ofDaemonSet(facts, 'patch')} --type=json -p ${shellWord(patch)}`);
  }
  return finding('no-daemon', 'daemons', 'none runs', ofDaemonSet(facts, 'describe'));
}

/** Volumes of a node that exists no more are judged with the volumes. */
function missing(facts: Facts): Finding[] {
  const { daemons, nodes, volumes } = facts;
  const [daemonSet] = facts.daemonSets ?? [];
  const selected = (node: NodeObject) =>
    Object.entries(daemonSet?.spec?.template?.spec?.nodeSelector ?? {}).every(
      ([key, value]) => node.metadata?.labels?.[key] === value,
    );
  const isCountedMore = (daemonSet?.status?.desiredNumberScheduled ?? 0) > (daemons?.size ?? 0);
  const withVolumes = new Set(volumes?.map((volume) => nodeOf(volume)));
  return [...(nodes ?? [])]
    .filter(([name]) => daemons?.has(name) === false)
    .filter(([name, node]) => withVolumes.has(name) || (isCountedMore && selected(node)))
    .map(([name]) => {
      const held = withVolumes.has(name) ? ', and it holds volumes' : '';
      return finding('daemon-missing', `node ${name}`, `no daemon runs on it${held}`, ofDaemonSet(facts, 'describe'));
    });
}

function notReady(facts: Facts, daemons: readonly Daemon[]): Finding[] {
  return daemons.flatMap(({ namespace, pod, node, ready }) => {
    const troubles = facts.statuses.get(node)?.troubles ?? [];
    if (ready && troubles.length === 0) return [];
    const found = facts.nodes?.get(node);
    if (found !== undefined && !isNodeReady(found)) {
      const text = 'its daemon is not ready, because the node is not ready';
      return [finding('daemon-not-ready', `node ${node}`, text, `kubectl describe node ${shellWord(node)}`)];
    }
    const inNamespace = `kubectl -n ${shellWord(namespace)}`;
    const why = troubles.length === 0 ? '' : `: ${[...new Set(troubles.map(withoutDetails))].join('; ')}`;
    const text = `its daemon is not ready${why}`;
    const answers = facts.statuses.has(node);
    const command = answers ? `${inNamespace} logs ${shellWord(pod)}` : `${inNamespace} describe pod ${shellWord(pod)}`;
    return [finding('daemon-not-ready', `node ${node}`, text, command)];
  });
}

/** Why a base directory cannot be used has a finding of its own. */
const withoutDetails = (trouble: string): string =>
  trouble.startsWith('base directory: ') ? 'a base directory cannot be used' : shortened(trouble);

function differentVersions(facts: Facts): Finding[] {
  const { statuses, pluginVersion, installation } = facts;
  const last = newest(versionsOf(statuses));
  if (last === undefined) return [];
  const restart = `kubectl -n ${shellWord(installation.namespace)} rollout restart daemonset ${shellWord(installation.daemonSet)}`;
  const old = [...statuses.values()]
    .filter(({ version }) => version !== last)
    .map(({ node, version }) =>
      finding('daemon-old', `node ${node}`, `its daemon is ${version}, and the newest one is ${last}`, restart),
    );
  if (pluginVersion === undefined || pluginVersion === last) return old;
  const text = `the newest one is ${last}, and this plugin is ${pluginVersion}`;
  return [...old, finding('versions-differ', 'daemons', text, 'kubectl hostpath-provisioner version')];
}

const versionsOf = (statuses: Facts['statuses']): string[] => [
  ...new Set([...statuses.values()].map(({ version }) => version)),
];
