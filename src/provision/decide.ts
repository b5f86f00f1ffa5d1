import type { Claim } from '../model/claim.ts';
import { allowsNode, type Class } from '../model/class.ts';
import { type ClassParameters, readClassParameters } from '../model/class-parameters.ts';
import { hostnameLabel, volumeNameFor } from '../model/names.ts';
import { type NodeFacts, nodeNotRegistered } from '../model/node.ts';
import { isMadeBy, type Volume } from '../model/volume.ts';
import { type ProvisionPlan, templateOf } from '../model/volume-object.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import { type KeptReason, keptReasonOf, whose } from '../model/whose.ts';
import type { ClaimView, Trouble } from './observe.ts';

/** What is to be done about a claim. Each way out names its reason. */
export type ProvisionDecision =
  /** Not ours, or nothing to do. */
  | { action: 'ignore'; reason: string }
  /** A later change brings it back, or `afterMs` have passed. */
  | { action: 'wait'; reason: string; afterMs?: number }
  /** The user must change something, and `message` says what. */
  | { action: 'refuse'; reason: string; message: string }
  /** An earlier try made the volume, although its answer did not reach us. */
  | { action: 'confirm'; reason: string }
  /** Nothing will come of what was begun, so it is taken back. With an objection, that is a failure and tried again. */
  | { action: 'undo'; reason: string; objection?: string }
  /** No claim or volume of this cluster stands for the directory, and nothing proves that it may go. */
  | { action: 'keep'; reason: KeptReason }
  /** Neither claim nor volume is left, and what lies in the directory has been kept long enough: it goes to the trash. */
  | { action: 'discard'; reason: string }
  /** The user must look, and no watch tells us when that is done: it is tried again, not before `afterMs`. What was begun stays. */
  | { action: 'fail'; reason: string; message: string; afterMs?: number }
  /** The node that the scheduler selected cannot serve the claim: the selection is taken off, so that it selects another. */
  | { action: 'giveBack'; reason: string; message: string }
  | { action: 'provision'; reason: string; plan: ProvisionPlan };

/** A claim whose volume is gone is asked for again after this time, in milliseconds. */
const lostVolumeRecheckMs = 10_000;

/** The order of checks is behaviour: ours at all, done already, allowed, possible here. */
export function decideProvision(view: ClaimView): ProvisionDecision {
  const { claim, volume, class: cls, node } = view;
  if (!view.pending && view.record === undefined) return { action: 'ignore', reason: 'NotPending' };
  if (claim === undefined) return ended('ClaimGone', view);
  const judged = volume === undefined ? undefined : judgeVolume(volume, view);
  if (claim.volumeName === volumeNameFor(claim.uid)) {
    if (judged?.action === 'undo') return judged;
    // Somebody removed the volume by force. No watch tells us when the claim goes, too.
    if (view.record !== undefined && volume === undefined) {
      return { action: 'wait', reason: 'VolumeGone', afterMs: lostVolumeRecheckMs };
    }
    return { action: 'ignore', reason: 'AlreadyBound' };
  }
  if (claim.volumeName !== undefined) return ended('BoundToAnotherVolume', view);
  if (judged !== undefined) return judged;
  if (claim.provisioner === undefined || !view.provisionerNames.includes(claim.provisioner)) {
    return ended('NotOurs', view);
  }
  if (waitsForAnotherNode(claim, view)) return decideElsewhere(claim, view);
  if (claim.className === undefined) return ended('NoClass', view);
  if (claim.deleting) return ended('ClaimDeleting', view);
  if (cls === undefined) return classNotFound(claim);
  if (cls.waitForFirstConsumer && claim.selectedNode === undefined) return { action: 'wait', reason: 'NoNodeSelected' };

  const objection = objectionToClaim(claim, cls) ?? objectionToClass(cls, view) ?? objectionToNode(cls, view);
  if (objection !== undefined) return objection;
  const parameters = readClassParameters(cls.parameters);
  if ('problems' in parameters) return parametersInvalid(cls, parameters.problems);
  if (cls.mountOptions.length > 0 && parameters.volumeType === 'hostPath') return mountOptionsWithoutMount(cls);
  if (node.hostname === undefined) return nodeWithoutHostname(node.name);
  // Until it may be given back, the claim is tried on: the trouble may end.
  if (view.trouble !== undefined && isFreeToLeave(view) && leaveWaitMs(view) === 0) return giveBack(view.trouble, view);
  return { action: 'provision', reason: 'Pending', plan: planFor(claim, cls, parameters, node.hostname, view) };
}

/**
 * Nothing is to be provisioned for this claim. What was begun for it is taken back, unless a volume may use it or may
 * come to: then the directory lives and dies with that volume.
 */
function ended(reason: string, view: ClaimView): ProvisionDecision {
  const { record, volume, inDoubtForMs, node, abandoned, abandonedGraceMs } = view;
  if (record === undefined || !isBegunHere(record, node)) return { action: 'ignore', reason };
  if (volume !== undefined && mayLieHere(volume, node)) return { action: 'ignore', reason };
  const owner = whose(record, view.ownCluster);
  // A claim with the very UID in this cluster proves that what was begun for it is ours.
  if (owner === 'anotherCluster' || (owner === 'unknown' && view.claim === undefined)) {
    return { action: 'keep', reason: keptReasonOf(owner) };
  }
  if (inDoubtForMs > 0) return { action: 'wait', reason: 'CreationUnanswered', afterMs: inDoubtForMs };
  if (!abandoned?.hasContent) return { action: 'undo', reason };
  // Nobody saw a deletion: the API server may have been set back to a backup, or its objects were removed by force.
  if (abandonedGraceMs === undefined) return { action: 'keep', reason: 'Abandoned' };
  const keptForMs = abandonedGraceMs - abandoned.forMs;
  return keptForMs > 0
    ? { action: 'wait', reason: 'Abandoned', afterMs: keptForMs }
    : { action: 'discard', reason: 'Abandoned' };
}

const isBegunHere = (record: VolumeRecord, node: NodeFacts): boolean =>
  record.node === node.name && record.reclaimPolicy !== 'Retain';

/**
 * What it means that a volume has the name of this claim's volume already. Where it may be using the directory that was
 * begun here, for another claim perhaps, that stays.
 */
export function judgeVolume(
  volume: Volume,
  { reference, node, provisionerNames }: Pick<ClaimView, 'reference' | 'node' | 'provisionerNames'>,
): ProvisionDecision {
  const forThisClaim = volume.claim?.uid === reference.uid;
  const mayUseOurs = mayLieHere(volume, node);
  if (forThisClaim && isMadeBy(volume, node.name, provisionerNames)) {
    if (volume.deleting) return volumeBeingDeleted(volume);
    return { action: 'confirm', reason: 'ProvisionedEarlier' };
  }
  if (forThisClaim && !mayUseOurs) return { action: 'undo', reason: 'ProvisionedByAnotherNode' };
  const reason = 'VolumeNameTaken';
  const message = `PersistentVolume "${volume.name}" exists, but this provisioner did not make it for this claim: delete that volume, or make the claim again`;
  return mayUseOurs ? { action: 'fail', reason, message } : { action: 'undo', reason, objection: message };
}

function volumeBeingDeleted({ name }: Volume): ProvisionDecision {
  const message = `PersistentVolume "${name}" was deleted before this claim was bound to it, and waits for the claim to go: delete the claim and make it again`;
  return refuse('VolumeBeingDeleted', message);
}

/**
 * Whether the directory of a volume that has this claim's volume name may be the one on this node. Its affinity tells,
 * which nobody can change; annotations may have been edited since.
 */
function mayLieHere({ name, hostname, path }: Volume, node: NodeFacts): boolean {
  return (hostname === undefined || hostname === node.hostname) && path?.includes(name) === true;
}

function objectionToClaim(claim: Claim, cls: Class): ProvisionDecision | undefined {
  if (claim.volumeMode !== 'Filesystem') {
    const message = `${cls.provisioner} does not support block volume provisioning: make the claim again with volumeMode Filesystem`;
    return refuse('BlockVolume', message);
  }
  if (claim.hasSelector) {
    const message =
      'a claim with a selector is not provisioned, only bound to volumes that exist: make the claim again without spec.selector';
    return refuse('Selector', message);
  }
  if (claim.dataSource !== undefined) {
    const message = `${cls.provisioner} cannot fill a volume from ${claim.dataSource}: make the claim again without spec.dataSource and spec.dataSourceRef`;
    return refuse('DataSource', message);
  }
  if (claim.attributesClass !== undefined) {
    const message = `the claim asks for VolumeAttributesClass "${claim.attributesClass}", which Kubernetes knows on CSI volumes only: make the claim again without spec.volumeAttributesClassName`;
    return refuse('VolumeAttributesClass', message);
  }
  return undefined;
}

function objectionToClass(cls: Class, { provisionerNames }: ClaimView): ProvisionDecision | undefined {
  if (!provisionerNames.includes(cls.provisioner)) {
    const message = `StorageClass "${cls.name}" now belongs to the provisioner ${cls.provisioner}: make the claim again, so that it is asked`;
    return refuse('ClassOfAnotherProvisioner', message);
  }
  return undefined;
}

function objectionToNode(cls: Class, view: ClaimView): ProvisionDecision | undefined {
  const { node } = view;
  if (!node.registered) return refuse('NodeNotRegistered', nodeNotRegistered(node.name));
  if (allowsNode(cls, node.labels)) return undefined;
  const reason = 'NodeNotAllowed';
  const message = `node "${node.name}" is not in the allowedTopologies of StorageClass "${cls.name}": label the node to match, or make the class again`;
  if (!isFreeToLeave(view)) return refuse(reason, message);
  const afterMs = leaveWaitMs(view);
  return afterMs > 0 ? { action: 'fail', reason, message, afterMs } : giveBack({ reason, message }, view);
}

/** With a class that does not wait for the first consumer, nobody has selected a node for this claim. */
const waitsForAnotherNode = ({ selectedNode }: Claim, { class: cls, node }: ClaimView): boolean =>
  (cls === undefined || cls.waitForFirstConsumer) && selectedNode !== undefined && selectedNode !== node.name;

/** Nobody takes off the selection of a node that is gone, and the scheduler looks at no other node as long as it is there. */
function decideElsewhere(claim: Claim, view: ClaimView): ProvisionDecision {
  const waits = !claim.deleting && view.selectedNodeExists === false;
  if (!waits || view.record !== undefined) return ended('OtherNodeSelected', view);
  const reason = 'SelectedNodeGone';
  const afterMs = leaveWaitMs(view);
  if (afterMs > 0) return { action: 'wait', reason, afterMs };
  return giveBack({ reason, message: `node "${claim.selectedNode}" does not exist` }, view);
}

/** Whether the scheduler can choose another node than this one, and nothing speaks against that for good. */
function isFreeToLeave({ claim, class: cls, node, otherNodes, record }: ClaimView): boolean {
  const wasSelected = cls?.waitForFirstConsumer === true && claim?.selectedNode === node.name;
  return wasSelected && otherNodes && (record === undefined || isBegunHere(record, node));
}

const leaveWaitMs = ({ inDoubtForMs, giveBackWaitMs }: ClaimView): number => Math.max(inDoubtForMs, giveBackWaitMs);

/** What was begun here is taken back first: another node must not come to serve a claim that has a volume here. */
function giveBack({ reason, message }: Trouble, { record }: ClaimView): ProvisionDecision {
  if (record !== undefined) return { action: 'undo', reason, objection: message };
  return { action: 'giveBack', reason, message };
}

const refuse = (reason: string, message: string): ProvisionDecision => ({ action: 'refuse', reason, message });

function classNotFound(claim: Claim): ProvisionDecision {
  const message = `StorageClass "${claim.className ?? ''}" does not exist: create it, or make the claim again with another class`;
  return refuse('ClassNotFound', message);
}

function parametersInvalid(cls: Class, problems: string[]): ProvisionDecision {
  const message = `StorageClass "${cls.name}": ${problems.join('; ')}. A class cannot be changed: delete it and make it again`;
  return refuse('ClassParameterInvalid', message);
}

/** Kubelet refuses to start a pod with such a volume ("mount options are not supported for this volume type"). */
function mountOptionsWithoutMount({ name, mountOptions }: Class): ProvisionDecision {
  const message = `StorageClass "${name}" has mountOptions (${mountOptions.join(', ')}), and kubelet mounts no volume of type hostPath: delete the class and make it again with the parameter volumeType: local, or without mountOptions`;
  return refuse('MountOptions', message);
}

function nodeWithoutHostname(nodeName: string): ProvisionDecision {
  const message = `node "${nodeName}" has no label ${hostnameLabel}, by which a volume is tied to its node: label the node`;
  return refuse('NodeWithoutHostname', message);
}

function planFor(
  claim: Claim,
  cls: Class,
  parameters: ClassParameters,
  hostname: string,
  view: ClaimView,
): ProvisionPlan {
  const template = templateOf(claim, cls, parameters, hostname);
  const { trashRetentionMs } = parameters;
  return {
    ...template,
    record: {
      version: 1,
      volume: volumeNameFor(claim.uid),
      claim: view.reference,
      ...(view.ownCluster !== undefined && { cluster: view.ownCluster }),
      class: cls.name,
      node: view.node.name,
      reclaimPolicy: 'Delete',
      createdAt: view.now.toISOString(),
      template,
      ...(trashRetentionMs > 0 && { retention: { forMs: trashRetentionMs } }),
    },
    claim: view.reference,
    reclaimPolicy: cls.reclaimPolicy,
    parameters,
  };
}
