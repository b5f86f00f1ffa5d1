import { type FoundOnDisk, StorageError, type VolumeStorage } from '../disk/port.ts';
import type { KubeApi } from '../kube/calls/kube-api.ts';
import { type Claim, type ClaimReference, claimOf } from '../model/claim.ts';
import { allowsNode, type Class, classOf } from '../model/class.ts';
import type { NodeFacts } from '../model/node.ts';
import { type Volume, volumeOf } from '../model/volume.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import type { Notes } from './notes.ts';
import type { OtherNodes } from './other-nodes.ts';
import { diskOf, isBegunHere, recordOf, type Trouble, type VolumeView, volumeOfOurs } from './view.ts';

export interface VolumeSources {
  kube: Pick<KubeApi, 'readClaim' | 'readVolume' | 'readClass'>;
  storage: Pick<VolumeStorage, 'basePath' | 'mayHaveRecord' | 'find' | 'hasContent'>;
  otherNodes: Pick<OtherNodes, 'areThere' | 'has'>;
  notes: Pick<Notes, 'inDoubtForMs' | 'giveBackWaitMs' | 'shortageOf' | 'abandonedForMs' | 'set'>;
  /** The claim of the volume if it waits for this daemon, or waits long for another node. */
  waiting: (volume: string) => Claim | undefined;
  /** Whether the watch of this node's volumes shows the volume, or a list of all volumes did. */
  isKnown: (volume: string) => boolean;
  /** Classes by name, as last seen. */
  classes: ReadonlyMap<string, Class>;
  /** Why the base directory cannot be used, and for how long that has been so; undefined when it can. */
  baseTrouble: () => { error: StorageError; forMs: number } | undefined;
  abandonedGraceMs: number | undefined;
  ownCluster: () => string | undefined;
  node: () => NodeFacts;
  provisionerNames: readonly string[];
}

type Found = Pick<VolumeView, 'claim' | 'class' | 'volume' | 'object' | 'livingClaim' | 'disk' | 'abandoned'>;

/**
 * Reads what this moment of the volume's life needs. Where nothing was begun, nothing is read, whether a claim waits or another
 * node has it: there is no volume of that name, or the API server refuses ours. Whatever a deletion rests on is read live.
 */
export async function observe(name: string, sources: VolumeSources): Promise<VolumeView> {
  const { notes, otherNodes } = sources;
  const inDoubtForMs = notes.inDoubtForMs(name); // before the volume is read, so that none is made in between
  const node = sources.node();
  const trouble = troubleOf(name, sources);
  const waiting = sources.waiting(name);
  const cls = waiting && (await readClass(waiting, sources));
  const cannotServe = waiting !== undefined && isUnableToServe(waiting, { cls, node, trouble });
  const isBegun = sources.storage.mayHaveRecord(name) || sources.isKnown(name);
  const found: Found =
    isBegun || cannotServe
      ? await readLife(name, { claim: waiting, class: cls, isBegun }, node, sources)
      : { ...nothing, claim: waiting, class: cls };
  return {
    name,
    waits: waiting !== undefined,
    ...found,
    basePath: sources.storage.basePath,
    abandonedGraceMs: sources.abandonedGraceMs,
    inDoubtForMs,
    trouble,
    selectedNodeExists: waiting && (await selectedNodeExists(waiting, { cls, node }, otherNodes)),
    otherNodes: cannotServe && (await otherNodes.areThere()),
    giveBackWaitMs: notes.giveBackWaitMs(name),
    node,
    provisionerNames: sources.provisionerNames,
    ownCluster: sources.ownCluster(),
    now: new Date(),
  };
}

const nothing: Found = {
  claim: undefined,
  class: undefined,
  volume: undefined,
  object: undefined,
  livingClaim: undefined,
  disk: undefined,
  abandoned: undefined,
};

/** @param waiting the waiting claim, as the watches show it; `isBegun` says whether the disk may know the name */
async function readLife(
  name: string,
  waiting: { claim: Claim | undefined; class: Class | undefined; isBegun: boolean },
  node: NodeFacts,
  sources: VolumeSources,
): Promise<Found> {
  const object = await sources.kube.readVolume(name);
  const volume = object && volumeOf(object);
  const disk = waiting.isBegun || volume !== undefined ? await readDisk(name, sources.storage) : undefined;
  const found = { ...nothing, volume, object, disk };
  if (waiting.claim !== undefined || volume !== undefined) sources.notes.set(name, { abandonedSinceMs: undefined });
  if (waiting.claim !== undefined) {
    return { ...found, claim: waiting.claim, class: waiting.class, livingClaim: waiting.claim };
  }
  const record = recordOf(found);
  const ours = volumeOfOurs({ volume, node, provisionerNames: sources.provisionerNames });
  if (ours !== undefined) {
    return { ...found, livingClaim: await findLivingClaim([ours.claim, record?.claim], sources.kube) };
  }
  if (record === undefined || diskOf(found)?.place === 'trash' || !isBegunHere(record, { node })) return found;
  return { ...found, ...(await readBegun(record, volume, sources)) };
}

/** For a record without a volume of ours: whether its claim lives, and otherwise whether the directory has content. */
async function readBegun(
  { volume: name, claim: reference }: VolumeRecord,
  volume: Volume | undefined,
  sources: VolumeSources,
): Promise<Pick<Found, 'claim' | 'class' | 'abandoned'>> {
  const { kube, notes, storage } = sources;
  const claim = await findLivingClaim([reference], kube);
  if (claim !== undefined) notes.set(name, { abandonedSinceMs: undefined });
  if (claim !== undefined || volume !== undefined) {
    return { claim, class: claim && (await readClass(claim, sources)), abandoned: undefined };
  }
  const abandoned = { forMs: notes.abandonedForMs(name), hasContent: await storage.hasContent(name) };
  return { claim: undefined, class: undefined, abandoned };
}

async function readDisk(name: string, storage: VolumeSources['storage']): Promise<FoundOnDisk | StorageError> {
  try {
    return await storage.find(name);
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}

/**
 * Reads the claim itself, because Kubernetes may call a volume released although its claim lives
 * (kubernetes/kubernetes#141891). A volume that was bound again has two: its present claim and the one that it was made for.
 */
async function findLivingClaim(
  candidates: readonly (ClaimReference | undefined)[],
  kube: Pick<KubeApi, 'readClaim'>,
): Promise<Claim | undefined> {
  const byUid = new Map(candidates.flatMap((claim) => (claim === undefined ? [] : [[claim.uid, claim] as const])));
  for (const { namespace, name, uid } of byUid.values()) {
    const object = await kube.readClaim(namespace, name);
    if (object?.metadata?.uid === uid) return claimOf(object);
  }
  return undefined;
}

/** A class that the watch has not shown yet may exist, so the API server is asked before a class is called missing. */
async function readClass(
  { className }: Claim,
  { kube, classes }: Pick<VolumeSources, 'kube' | 'classes'>,
): Promise<Class | undefined> {
  if (className === undefined) return undefined;
  const seen = classes.get(className);
  if (seen !== undefined) return seen;
  const object = await kube.readClass(className);
  return object === undefined ? undefined : classOf(object);
}

/** A base directory that is unusable for longer, in milliseconds, is not just waiting for a restart or a mount. */
const troubleCountsAfterMs = 30_000;

function troubleOf(name: string, { baseTrouble, notes }: VolumeSources): Trouble | undefined {
  const base = baseTrouble();
  // Unlisted volumes are a problem of the API server, not of this node.
  if (base !== undefined && base.forMs >= troubleCountsAfterMs && base.error.reason !== 'VolumesNotListed') {
    return { reason: base.error.reason, message: base.error.message };
  }
  const message = notes.shortageOf(name);
  return message === undefined ? undefined : { reason: 'NoSpace', message };
}

interface Surroundings {
  cls: Class | undefined;
  node: NodeFacts;
}

/** Whether this node was selected for the claim and cannot serve it for a reason of its own. */
function isUnableToServe(
  { selectedNode }: Claim,
  { cls, node, trouble }: Surroundings & { trouble: Trouble | undefined },
): boolean {
  if (!cls?.waitForFirstConsumer || selectedNode !== node.name) return false;
  return trouble !== undefined || !allowsNode(cls, node.labels);
}

/** Undefined unless the claim waits for another node. */
async function selectedNodeExists(
  { selectedNode }: Claim,
  { cls, node }: Surroundings,
  otherNodes: VolumeSources['otherNodes'],
): Promise<boolean | undefined> {
  if (selectedNode === undefined || selectedNode === node.name || !cls?.waitForFirstConsumer) return undefined;
  return otherNodes.has(selectedNode);
}
