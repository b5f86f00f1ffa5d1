import type { BaseDirectoryStatus } from '../../model/node-status.ts';
import type { Facts } from './facts.ts';
import { shellWord } from './shell-word.ts';

const recreate = (what: string, file: string): string =>
  `kubectl get ${what} -o yaml > ${file} && \${EDITOR:-vi} ${file} && kubectl replace --force -f ${file}`;
const recreateClaim = recreate('pvc CLAIM', 'claim.yaml');
const recreateClass = recreate('storageclass CLASS', 'class.yaml');
const editDaemonSetHere = 'kubectl -n hostpath-provisioner-system edit daemonset hostpath-provisioner';
export const grantRights = 'kubectl apply -f rbac/';
const webhooks = 'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations';

/**
 * The next command of docs/troubleshooting.md for each reason, with its placeholders. A reason that is not here is described by the Events
 * of its object. A command that does not begin with `kubectl` is typed on the node.
 */
export const mendingCommands: Readonly<Record<string, string>> = {
  AnotherBaseDirectory: 'cat BASE/.hostpath-provisioner/base.json',
  ApiServerConflict: 'kubectl get pv VOLUME -o yaml --show-managed-fields',
  ApiServerForbidden: grantRights,
  ApiServerRefused: webhooks,
  ApiServerUnauthorized: 'kubectl -n hostpath-provisioner-system delete pod POD',
  ApiServerUnreachable: "kubectl get --raw '/readyz?verbose'",
  BaseDirectoryDamaged: 'ls -la BASE/.hostpath-provisioner',
  BaseDirectoryIsSymbolicLink: 'realpath BASE',
  BaseDirectoryMissing: 'mkdir -p BASE',
  BaseDirectoryNotADirectory: 'ls -ld BASE',
  BaseDirectoryNotInPod: editDaemonSetHere,
  BaseDirectoryNotMounted: 'mount BASE',
  BaseDirectoryReplaced: 'findmnt BASE',
  BlockVolume: recreateClaim,
  ClassNotFound: 'kubectl get storageclass',
  ClassOfAnotherProvisioner: recreateClaim,
  ClassParameterInvalid: recreateClass,
  ClusterUnknown: grantRights,
  DataSource: recreateClaim,
  DirectoryNotEmpty: 'ls -la BASE/VOLUME',
  DirectoryTaken: 'ls -lad BASE/VOLUME',
  LimitTooSmall: recreateClaim,
  MountOptions: recreateClass,
  NoRoom: 'kubectl get pv -l hostpath-provisioner/node=NODE',
  NoSpace: 'df -h BASE; df -i BASE',
  NodeNotAllowed: 'kubectl get node NODE --show-labels',
  NodeNotRegistered: 'kubectl get nodes',
  NodeWithoutHostname: 'kubectl label node NODE kubernetes.io/hostname=NODE',
  PermissionDenied: 'lsattr -d BASE',
  ReadOnly: 'mount -o remount,rw "$(findmnt -no TARGET -T BASE)"',
  RoomUnknown: 'df BASE',
  Selector: recreateClaim,
  SmallerThanSource: recreateClaim,
  SourceBeingDeleted: recreateClaim,
  SourceInAnotherPool: recreateClaim,
  SourceNotOurs: recreateClaim,
  SourceOnAnotherNode: 'kubectl get pv -l hostpath-provisioner/node=NODE',
  StorageFailed: 'dmesg',
  VolumeAttributesClass: recreateClaim,
  VolumeBeingDeleted: recreateClaim,
  VolumeFailed: 'kubectl delete pv VOLUME',
  VolumeNameTaken: 'kubectl get pv VOLUME -o yaml',
};

/** What stands for the placeholders of docs/troubleshooting.md. */
export interface Names {
  claim?: { namespace: string; name: string } | undefined;
  volume?: string | undefined;
  class?: string | undefined;
  node?: string | undefined;
  /** Path of a base directory. */
  base?: string | undefined;
}

/** The command for a reason with its names; undefined if there is none, or a name is not known. */
export function mending(facts: Facts, reason: string | undefined, names: Names): string | undefined {
  const template = reason !== undefined && Object.hasOwn(mendingCommands, reason) ? mendingCommands[reason] : undefined;
  if (template === undefined) return undefined;
  const pod = facts.daemons?.get(names.node ?? '')?.pod;
  const values: Record<string, string | undefined> = {
    CLAIM: names.claim && `${shellWord(names.claim.name)} -n ${shellWord(names.claim.namespace)}`,
    VOLUME: word(names.volume),
    CLASS: word(names.class),
    NODE: word(names.node),
    BASE: word(names.base),
    POD: word(pod),
  };
  const placeholders = /\b(CLAIM|VOLUME|CLASS|NODE|BASE|POD)\b/g;
  const isKnown = [...template.matchAll(placeholders)].every(([name]) => values[name] !== undefined);
  const isForNode = !template.startsWith('kubectl ');
  if (!isKnown || (isForNode && names.node === undefined)) return undefined;
  const command = template.replaceAll(placeholders, (name) => values[name] ?? '');
  return isForNode ? onNode(command, names.node) : inInstallation(facts, command);
}

const word = (name: string | undefined): string | undefined => (name === undefined ? undefined : shellWord(name));

/** A command that is typed on a node, and says so. */
export const onNode = (command: string, node: string | undefined): string => `${command} # on node ${node}`;

/** A command of kubectl for the daemon, where it is installed. */
export const inInstallation = ({ installation: { namespace, daemonSet } }: Facts, command: string): string =>
  command
    .replace('-n hostpath-provisioner-system', () => `-n ${shellWord(namespace)}`)
    .replace('daemonset hostpath-provisioner', () => `daemonset ${shellWord(daemonSet)}`);

/** The command that shows on which nodes daemons run, and whether they are ready. */
export const showDaemons = (facts: Facts): string =>
  inInstallation(facts, 'kubectl -n hostpath-provisioner-system get pods -o wide');

/** The command that changes how daemons are started. */
export const editDaemonSet = (facts: Facts): string => inInstallation(facts, editDaemonSetHere);

/** The command that shows the Events of a claim. */
export const describeClaim = ({ namespace, name }: { namespace: string; name: string }): string =>
  `kubectl describe pvc ${shellWord(name)} -n ${shellWord(namespace)}`;

/** The base directory of a node that a trouble is about: the one that has it, or the only one. */
export function baseInTrouble(facts: Facts, node: string | undefined, reason: string): BaseDirectoryStatus | undefined {
  const bases = facts.statuses.get(node ?? '')?.baseDirectories ?? [];
  return bases.find((base) => base.reason === reason) ?? (bases.length === 1 ? bases[0] : undefined);
}
