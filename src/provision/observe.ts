import type { StorageError, VolumeStorage } from '../disk/port.ts';
import type { KubeApi } from '../kube/calls/kube-api.ts';
import { type Claim, type ClaimReference, claimOf, isWhole, type PendingClaim } from '../model/claim.ts';
import { allowsNode, type Class, classOf } from '../model/class.ts';
import { volumeNameFor } from '../model/names.ts';
import type { NodeFacts } from '../model/node.ts';
import { type Volume, volumeOf } from '../model/volume.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import type { Abandonments } from './abandonments.ts';
import type { Doubts } from './doubts.ts';
import type { GiveBacks } from './give-backs.ts';
import type { OtherNodes } from './other-nodes.ts';
import type { Shortages } from './shortages.ts';

/** Everything that the decision on a claim needs, as it was at one moment. */
export interface ClaimView {
  reference: ClaimReference;
  /** Whether the claim waits for this daemon, by the watch's word. */
  pending: boolean;
  /**
   * Undefined when it is gone, when another claim has its name now, or when it was not read: if it is not pending and
   * nothing was begun, nothing depends on it.
   */
  claim: Claim | undefined;
  /** The claim's class, if there is one. */
  class: Class | undefined;
  /** The journal's: an earlier try, perhaps before a crash, got as far as that. */
  record: VolumeRecord | undefined;
  /** Set when the journal alone knows of a directory: neither the claim nor a volume of its name exists. */
  abandoned: { forMs: number; hasContent: boolean } | undefined;
  /** How long a directory with content is kept when it is abandoned, in milliseconds; undefined keeps it for ever. */
  abandonedGraceMs: number | undefined;
  /** UID of this cluster's namespace kube-system; undefined while it could not be read. */
  ownCluster: string | undefined;
  /** How long a volume may still come of an earlier try that was not answered, in milliseconds; 0 when none can. */
  inDoubtForMs: number;
  /** The volume that has this claim's volume name. Read only when there is a record: else there is none, or the API server refuses ours. */
  volume: Volume | undefined;
  node: NodeFacts;
  /** Why this node cannot make volumes, although another one may. */
  trouble: Trouble | undefined;
  /** Whether the node exists that the claim waits for instead of this one; undefined when that was not asked. */
  selectedNodeExists: boolean | undefined;
  /** Whether the cluster has other nodes. Asked only if this one was selected and cannot serve the claim. */
  otherNodes: boolean;
  /** How long the claim's node is not to be given back again, in milliseconds. */
  giveBackWaitMs: number;
  provisionerNames: readonly string[];
  now: Date;
}

/** A reason, and what to do, in words for the user. */
export interface Trouble {
  reason: string;
  message: string;
}

export interface ClaimSources {
  kube: Pick<KubeApi, 'readClaim' | 'readVolume' | 'readClass'>;
  otherNodes: Pick<OtherNodes, 'areThere' | 'has'>;
  giveBacks: Pick<GiveBacks, 'waitMs'>;
  shortages: Pick<Shortages, 'messageOf'>;
  /** Why the base directory cannot be used, and for how long that has been so; undefined when it can. */
  baseTrouble: () => { error: StorageError; forMs: number } | undefined;
  storage: Pick<VolumeStorage, 'mayHaveRecord' | 'readRecord' | 'hasContent'>;
  /** What was last seen of the claim, if it is pending still. What is read of it is added to that. */
  seen: (reference: ClaimReference) => PendingClaim | undefined;
  /** Classes by name, as last seen. */
  classes: ReadonlyMap<string, Class>;
  doubts: Pick<Doubts, 'remainingMs'>;
  abandonments: Pick<Abandonments, 'seen' | 'forget'>;
  abandonedGraceMs: number | undefined;
  ownCluster: () => string | undefined;
  node: () => NodeFacts;
  provisionerNames: readonly string[];
}

export async function observeClaim(reference: ClaimReference, sources: ClaimSources): Promise<ClaimView> {
  const seen = sources.seen(reference);
  const begun = await sources.storage.mayHaveRecord(volumeNameFor(reference.uid)); // most claims are new: this spares them the careful look
  const claim = await observeClaimItself({ reference, seen, begun }, sources);
  const record = begun ? await sources.storage.readRecord(volumeNameFor(reference.uid)) : undefined;
  const inDoubtForMs = sources.doubts.remainingMs(volumeNameFor(reference.uid)); // before the look, so that no volume comes in between
  const volume = record && (await readVolume(reference, sources));
  const cls = claim?.className === undefined ? undefined : await readClass(claim.className, sources);
  const node = sources.node();
  const trouble = troubleOf(reference, sources);
  return {
    reference,
    pending: seen !== undefined,
    claim,
    class: cls,
    record,
    abandoned: await observeAbandonment({ reference, claim, record, volume }, sources),
    abandonedGraceMs: sources.abandonedGraceMs,
    ownCluster: sources.ownCluster(),
    inDoubtForMs,
    volume,
    node,
    trouble,
    selectedNodeExists: await observeSelectedNode({ seen, claim, cls, node }, sources),
    otherNodes: isUnableToServe({ claim, cls, node, trouble }) && (await sources.otherNodes.areThere()),
    giveBackWaitMs: sources.giveBacks.waitMs(volumeNameFor(reference.uid)),
    provisionerNames: sources.provisionerNames,
    now: new Date(),
  };
}

/** A base directory that cannot be used for so long, in milliseconds, is no matter of a restart or of a mount under way. */
const troubleCountsAfterMs = 30_000;

function troubleOf(
  { uid }: ClaimReference,
  { baseTrouble, shortages }: Pick<ClaimSources, 'baseTrouble' | 'shortages'>,
): Trouble | undefined {
  const base = baseTrouble();
  // That the volumes are not listed is a matter of the API server.
  if (base !== undefined && base.forMs >= troubleCountsAfterMs && base.error.reason !== 'VolumesNotListed') {
    return { reason: base.error.reason, message: base.error.message };
  }
  const message = shortages.messageOf(volumeNameFor(uid));
  return message === undefined ? undefined : { reason: 'NoSpace', message };
}

/** Only if the claim waits for another node for long. */
async function observeSelectedNode(
  { seen, claim, cls, node }: { seen: PendingClaim | undefined; claim: Claim | undefined } & ClassAndNode,
  { otherNodes }: ClaimSources,
): Promise<boolean | undefined> {
  const selected = claim?.selectedNode;
  if (seen === undefined || selected === undefined || selected === node.name) return undefined;
  return cls?.waitForFirstConsumer ? otherNodes.has(selected) : undefined;
}

interface ClassAndNode {
  cls: Class | undefined;
  node: NodeFacts;
}

/** Whether this node was selected for the claim and something of its own keeps it from serving it. */
function isUnableToServe({
  claim,
  cls,
  node,
  trouble,
}: { claim: Claim | undefined; trouble: Trouble | undefined } & ClassAndNode): boolean {
  if (!cls?.waitForFirstConsumer || claim?.selectedNode !== node.name) return false;
  return trouble !== undefined || !allowsNode(cls, node.labels);
}

async function observeAbandonment(
  { reference, claim, record, volume }: Pick<ClaimView, 'reference' | 'claim' | 'record' | 'volume'>,
  { storage, abandonments }: ClaimSources,
): Promise<ClaimView['abandoned']> {
  const name = volumeNameFor(reference.uid);
  if (record === undefined || claim !== undefined || volume !== undefined) {
    abandonments.forget(name);
    return undefined;
  }
  return { forMs: abandonments.seen(name), hasContent: await storage.hasContent(name) };
}

async function observeClaimItself(
  { reference, seen, begun }: { reference: ClaimReference; seen: PendingClaim | undefined; begun: boolean },
  sources: ClaimSources,
): Promise<Claim | undefined> {
  if (seen === undefined) return begun ? readClaim(reference, sources) : undefined;
  if (isWhole(seen)) return seen;
  const claim = await readClaim(reference, sources);
  // A claim that waits or is tried again is not read each time: a change puts another object in the place of this one.
  if (claim !== undefined) Object.assign(seen, claim);
  return claim;
}

async function readClaim({ namespace, name, uid }: ClaimReference, { kube }: ClaimSources): Promise<Claim | undefined> {
  const object = await kube.readClaim(namespace, name);
  return object?.metadata?.uid === uid ? claimOf(object) : undefined;
}

/** A class that the watch has not brought yet may exist all the same, so it is not called missing on the watch's word. */
async function readClass(name: string, { kube, classes }: ClaimSources): Promise<Class | undefined> {
  const seen = classes.get(name);
  if (seen !== undefined) return seen;
  const object = await kube.readClass(name);
  return object === undefined ? undefined : classOf(object);
}

export async function readVolume(
  reference: ClaimReference,
  { kube }: { kube: Pick<KubeApi, 'readVolume'> },
): Promise<Volume | undefined> {
  const object = await kube.readVolume(volumeNameFor(reference.uid));
  return object === undefined ? undefined : volumeOf(object);
}
