import { StorageError } from '../../disk/port.ts';
import { type Claim, isClone, isForPopulator } from '../../model/claim.ts';
import { allowsNode, type Class } from '../../model/class.ts';
import type { ClassParameters } from '../../model/class-parameters.ts';
import { hostnameLabel } from '../../model/names.ts';
import { nodeNotRegistered } from '../../model/node.ts';
import { demandOf } from '../../model/room.ts';
import { type ProvisionPlan, templateOf } from '../../model/volume-object.ts';
import { type Decision, failFor, firstAnswer, type Rule, refuse } from '../decision.ts';
import { mayLieHere, recordOf, type VolumeView } from '../view.ts';
import { choiceFor } from './choose-pool.ts';
import { copiedVolume, poolExcludesSource, sourceUnusable } from './clone.ts';
import { giveBack, isFreeToLeave, leaveWaitMs } from './give-back.ts';
import { takeBack } from './left-over.ts';
import { limitFor, overcommitted, roomUnknown, takenBy } from './room.ts';

/** A view with a claim that lives and that no volume of ours stands for. */
type WantedView = VolumeView & { claim: Claim };

/** The same, once the claim's class is known. */
type ClassView = WantedView & { class: Class };

/** The same, once the parameters of the class are read, and known to be right. */
type ParametersView = ClassView & { parameters: ClassParameters };

/** A claim that has lost its volume is read again after this time, in milliseconds: no watch reports when it goes. */
const lostVolumeRecheckMs = 10_000;

/** What the disk lacks is looked for again after this time, in milliseconds. */
const lackRecheckMs = 600_000;

/** Somebody removed the volume of the claim by force: the directory stays as long as the claim lives. */
const volumeRemoved: Rule<WantedView> = (view) => {
  if (view.claim.volumeName !== view.name) return undefined;
  if (view.volume !== undefined && !mayLieHere(view.volume, view)) return undefined; // nameTaken answers
  if (recordOf(view) === undefined || view.volume !== undefined) return { action: 'ignore', reason: 'AlreadyBound' };
  return { action: 'wait', reason: 'VolumeGone', afterMs: lostVolumeRecheckMs };
};

export const boundToAnotherVolume: Rule<WantedView> = (view) => {
  const { volumeName } = view.claim;
  return volumeName !== undefined && volumeName !== view.name ? takeBack('BoundToAnotherVolume', view) : undefined;
};

/** Where somebody else's volume of that name may use the directory, the directory stays. */
const nameTaken: Rule<WantedView> = (view) => {
  const { volume, claim } = view;
  if (volume === undefined) return undefined;
  const mayUseOurs = mayLieHere(volume, view);
  if (volume.claim?.uid === claim.uid && !mayUseOurs) return { action: 'undo', reason: 'ProvisionedByAnotherNode' };
  return taken(view, mayUseOurs);
};

/** A volume that is not the claim's has the name of the claim's volume. */
export function taken({ name }: VolumeView, mayUseOurs: boolean): Decision {
  const reason = 'VolumeNameTaken';
  const message = `PersistentVolume "${name}" exists, and this provisioner did not make it for this claim. Delete that volume (kubectl delete pv ${name}), or delete this claim and create it again`;
  return mayUseOurs ? { action: 'fail', reason, message } : { action: 'undo', reason, objection: message };
}

const ofAnotherProvisioner: Rule<WantedView> = (view) => {
  const { provisioner } = view.claim;
  const isOurs = provisioner !== undefined && view.provisionerNames.includes(provisioner);
  return isOurs ? undefined : takeBack('NotOurs', view);
};

/** Another controller fills a volume of its own making, and gives it to the claim. */
const forPopulator: Rule<WantedView> = (view) =>
  view.claim.dataSource && isForPopulator(view.claim.dataSource) ? takeBack('ForPopulator', view) : undefined;

/** Without waiting for the first consumer, no node is selected for the claim. */
const otherNodeSelected: Rule<WantedView> = (view) => {
  const { claim, class: cls, node } = view;
  const waits = cls === undefined || cls.waitForFirstConsumer;
  if (!waits || claim.selectedNode === undefined || claim.selectedNode === node.name) return undefined;
  // Nobody else removes the selection of a node that is gone, and the scheduler keeps to it.
  const isLost = !claim.deleting && view.selectedNodeExists === false;
  if (!isLost || recordOf(view) !== undefined) return takeBack('OtherNodeSelected', view);
  const reason = 'SelectedNodeGone';
  const afterMs = leaveWaitMs(view);
  if (afterMs > 0) return { action: 'wait', reason, afterMs };
  return giveBack({ reason, message: `node "${claim.selectedNode}" does not exist` }, view);
};

const withoutClass: Rule<WantedView> = (view) =>
  view.claim.className === undefined ? takeBack('NoClass', view) : undefined;

const claimDeleting: Rule<WantedView> = (view) => (view.claim.deleting ? takeBack('ClaimDeleting', view) : undefined);

const classNotFound: Rule<WantedView> = ({ claim, class: cls }) => {
  if (cls !== undefined) return undefined;
  const message = `StorageClass "${claim.className}" does not exist. Create it, or delete this claim and create it again with another class`;
  return refuse('ClassNotFound', message);
};

const noNodeSelected: Rule<ClassView> = ({ claim, class: cls }) =>
  cls.waitForFirstConsumer && claim.selectedNode === undefined
    ? { action: 'wait', reason: 'NoNodeSelected' }
    : undefined;

const claimNotSupported: Rule<ClassView> = ({ claim }) => {
  const again = (without: string) => `Delete this claim and create it again ${without}`;
  if (claim.volumeMode !== 'Filesystem') {
    return refuse(
      'BlockVolume',
      `this provisioner does not support block volume provisioning. ${again('with volumeMode Filesystem')}`,
    );
  }
  if (claim.hasSelector) {
    const message = 'Kubernetes binds a claim with a selector to existing volumes only, so none is made for it.';
    return refuse('Selector', `${message} ${again('without spec.selector')}`);
  }
  const { dataSource } = claim;
  if (dataSource !== undefined && !isClone(dataSource)) {
    const { kind, name, namespace } = dataSource;
    const where = namespace === undefined ? '' : ` of namespace ${namespace}`;
    const message = `this provisioner cannot fill a volume from ${kind}/${name}${where}.`;
    return refuse('DataSource', `${message} ${again('without spec.dataSource and spec.dataSourceRef')}`);
  }
  if (claim.attributesClass !== undefined) {
    const message = `the claim asks for VolumeAttributesClass "${claim.attributesClass}", which Kubernetes knows on CSI volumes only.`;
    return refuse('VolumeAttributesClass', `${message} ${again('without spec.volumeAttributesClassName')}`);
  }
  return undefined;
};

const classOfAnotherProvisioner: Rule<ClassView> = ({ class: cls, provisionerNames }) => {
  if (provisionerNames.includes(cls.provisioner)) return undefined;
  const message = `StorageClass "${cls.name}" now belongs to the provisioner ${cls.provisioner}. Delete this claim and create it again so that the new provisioner handles it`;
  return refuse('ClassOfAnotherProvisioner', message);
};

const nodeUnknown: Rule<ClassView> = ({ node }) =>
  node.registered ? undefined : refuse('NodeNotRegistered', nodeNotRegistered(node.name));

const nodeNotAllowed: Rule<ClassView> = (view) => {
  const { class: cls, node } = view;
  if (allowsNode(cls, node.labels)) return undefined;
  const reason = 'NodeNotAllowed';
  const message = `StorageClass "${cls.name}" does not allow node "${node.name}" in its allowedTopologies. Label the node to match, or delete the class and create it again`;
  if (!isFreeToLeave(view)) return refuse(reason, message);
  const afterMs = leaveWaitMs(view);
  return afterMs > 0 ? { action: 'fail', reason, message, afterMs } : giveBack({ reason, message }, view);
};

function parametersInvalid(cls: Class, problems: readonly string[]): Decision {
  const message = `StorageClass "${cls.name}": ${problems.join('; ')}. A class cannot be changed: delete it and create it again`;
  return refuse('ClassParameterInvalid', message);
}

/** Kubelet refuses to start a pod with such a volume ("mount options are not supported for this volume type"). */
const mountOptionsWithoutMount: Rule<ParametersView> = ({ class: { name, mountOptions }, parameters }) => {
  if (mountOptions.length === 0 || parameters.volumeType !== 'hostPath') return undefined;
  const message = `StorageClass "${name}" has mountOptions (${mountOptions.join(', ')}), and kubelet mounts no volume of type hostPath. Delete the class and create it again with the parameter volumeType: local, or without mountOptions`;
  return refuse('MountOptions', message);
};

const nodeWithoutHostname: Rule<ClassView> = ({ node }) => {
  if (node.hostname !== undefined) return undefined;
  const message = `node "${node.name}" has no label ${hostnameLabel}, which ties a volume to its node. Label the node: kubectl label node ${node.name} ${hostnameLabel}=${node.name}`;
  return refuse('NodeWithoutHostname', message);
};

/** Until the node may be given back, the daemon keeps trying, because the trouble may end. */
const nodeInTrouble: Rule<ClassView> = (view) => {
  const { trouble } = choiceFor(view);
  return trouble !== undefined && isFreeToLeave(view) && leaveWaitMs(view) === 0 ? giveBack(trouble, view) : undefined;
};

const noPool: Rule<ClassView> = (view) => {
  const { pool, trouble } = choiceFor(view);
  return pool === undefined && trouble !== undefined ? refuse(trouble.reason, trouble.message) : undefined;
};

const diskUnusable: Rule<ClassView> = ({ disk }) => (disk instanceof StorageError ? failFor(disk) : undefined);

/** Room that is missing may become free, and a disk may be mounted anew, so the claim is looked at again. */
const lacksOnDisk: Rule<ParametersView> = (view) => {
  const trouble = choiceFor(view).lack;
  if (trouble === undefined) return undefined;
  if (!isFreeToLeave(view)) return { action: 'fail', ...trouble, afterMs: lackRecheckMs };
  const afterMs = leaveWaitMs(view);
  return afterMs > 0 ? { action: 'fail', ...trouble, afterMs } : giveBack(trouble, view);
};

const roomNotKnown: Rule<ParametersView> = (view) => {
  const { pool } = choiceFor(view);
  const trouble =
    pool && roomUnknown(demandOf(view.claim, view.parameters), pool.room, { ...view, basePath: pool.path });
  if (trouble === undefined) return undefined;
  return pool?.unusable ? failFor(pool.unusable) : { action: 'fail', ...trouble };
};

const provision: Rule<ParametersView> = (view) => {
  const { hostname } = view.node;
  const choice = choiceFor(view);
  if (hostname === undefined || choice.pool === undefined) return undefined; // nodeWithoutHostname or noPool has answered
  const demand = demandOf(view.claim, view.parameters);
  const { name: pool, room, path } = choice.pool;
  const warning = overcommitted(demand, room, { basePath: path, node: view.node });
  const plan = planFor(view, hostname, {
    demand: takenBy(demand, room, warning),
    limit: limitFor(demand, view.parameters, choice.pool),
  });
  const making = { reason: 'Pending', plan, pool, ...(warning && { warning }) };
  if (view.claim.dataSource === undefined) return { action: 'provision', ...making };
  const source = copiedVolume(view);
  return source === undefined ? undefined : { action: 'clone', source, ...making };
};

const ofParameters: readonly Rule<ParametersView>[] = [
  mountOptionsWithoutMount,
  nodeWithoutHostname,
  poolExcludesSource,
  nodeInTrouble,
  noPool,
  lacksOnDisk,
  diskUnusable,
  roomNotKnown,
  provision,
];

const withParameters: Rule<ClassView> = (view) => {
  const { parameters } = view;
  if (parameters === undefined) return undefined; // classNotFound has answered
  return 'problems' in parameters
    ? parametersInvalid(view.class, parameters.problems)
    : firstAnswer(ofParameters, { ...view, parameters });
};

const ofClass: readonly Rule<ClassView>[] = [
  noNodeSelected,
  claimNotSupported,
  classOfAnotherProvisioner,
  nodeUnknown,
  sourceUnusable,
  nodeNotAllowed,
  withParameters,
];

const withClass: Rule<WantedView> = (view) => view.class && firstAnswer(ofClass, { ...view, class: view.class });

/** The order: whether the claim has a volume, whether it is ours, what prevents it, whether this node can serve it. */
const ofClaim: readonly Rule<WantedView>[] = [
  volumeRemoved,
  boundToAnotherVolume,
  nameTaken,
  ofAnotherProvisioner,
  forPopulator,
  otherNodeSelected,
  withoutClass,
  claimDeleting,
  classNotFound,
  withClass,
];

/** A claim wants a volume. */
export const wanted: Rule<VolumeView> = (view) => view.claim && firstAnswer(ofClaim, { ...view, claim: view.claim });

function planFor(view: ParametersView, hostname: string, size: Pick<ProvisionPlan, 'demand' | 'limit'>): ProvisionPlan {
  const { claim, class: cls, parameters, node, name, ownCluster, now } = view;
  const { namespace, name: claimName, uid } = claim;
  const reference = { namespace, name: claimName, uid };
  const template = templateOf(claim, cls, parameters, hostname);
  const { trashRetentionMs } = parameters;
  return {
    ...template,
    record: {
      version: 1,
      volume: name,
      claim: reference,
      ...(ownCluster !== undefined && { cluster: ownCluster }),
      class: cls.name,
      node: node.name,
      reclaimPolicy: 'Delete',
      createdAt: now.toISOString(),
      template,
      ...(trashRetentionMs > 0 && { retention: { forMs: trashRetentionMs } }),
    },
    claim: reference,
    reclaimPolicy: cls.reclaimPolicy,
    parameters,
    ...size,
  };
}
