import { type FoundOnDisk, type QuotaSupport, StorageError, type VolumeStorage } from '../disk/port.ts';
import type { KubeApi } from '../kube/calls/kube-api.ts';
import { type Claim, type ClaimReference, claimOf } from '../model/claim.ts';
import { allowsNode, type Class, classOf } from '../model/class.ts';
import { readClassParameters } from '../model/class-parameters.ts';
import type { NodeFacts } from '../model/node.ts';
import { basePathOf, isMadeBy, lacksIdentity, type Volume, volumeOf } from '../model/volume.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import { readCloneSource } from './clone-source.ts';
import type { Copies } from './copies.ts';
import type { Notes } from './notes.ts';
import type { OtherNodes } from './other-nodes.ts';
import type { Pool, Pools } from './pools.ts';
import { type ChoiceFacts, choosePool } from './rules/choose-pool.ts';
import { wantsGrowth } from './rules/grow.ts';
import { diskOf, isBegunHere, type PoolView, recordOf, type Trouble, type VolumeView, volumeOfOurs } from './view.ts';

export interface VolumeSources {
  kube: Pick<KubeApi, 'readClaim' | 'readVolume' | 'readClass'>;
  pools: Pools<Pick<VolumeStorage, 'basePath' | 'hasRecord' | 'find' | 'hasContent' | 'quotaSupport'>>;
  otherNodes: Pick<OtherNodes, 'areThere' | 'has'>;
  copies: Pick<Copies, 'sourceOf' | 'isUnregistered'>;
  notes: Pick<
    Notes,
    'inDoubtForMs' | 'giveBackWaitMs' | 'shortageOf' | 'abandonedForMs' | 'sourcePendingForMs' | 'set'
  >;
  /** The claim of the volume if it waits for this daemon, or waits long for another node. */
  waiting: (volume: string) => Claim | undefined;
  /** Whether the watch of this node's volumes shows the volume, or a list of all volumes did. */
  isKnown: (volume: string) => boolean;
  /** Classes by name, as last seen. */
  classes: ReadonlyMap<string, Class>;
  abandonedGraceMs: number | undefined;
  ownCluster: () => string | undefined;
  node: () => NodeFacts;
  provisionerNames: readonly string[];
}

type Found = Pick<VolumeView, 'claim' | 'class' | 'volume' | 'object' | 'livingClaim' | 'disk' | 'abandoned' | 'pool'>;

type Storage = VolumeSources['pools']['all'][number]['storage'];

/**
 * Reads what this moment of the volume's life needs. Where nothing was begun, nothing is read, whether a claim waits or another
 * node has it: there is no volume of that name, or the API server refuses ours. Whatever a deletion rests on is read live.
 * Whether the disk can enforce quotas is asked only for a class that wants it.
 */
export async function observe(name: string, sources: VolumeSources): Promise<VolumeView> {
  const { notes, otherNodes } = sources;
  const inDoubtForMs = notes.inDoubtForMs(name); // before the volume is read, so that none is made in between
  const node = sources.node();
  const waiting = sources.waiting(name);
  const cls = waiting && (await readClass(waiting, sources));
  const parameters = cls && readClassParameters(cls.parameters);
  const recordedIn = sources.pools.having(name);
  const pools = await Promise.all(sources.pools.all.map((pool) => poolView(pool, name, parameters, notes)));
  const sourceOfWaiting = waiting && (await readCloneSource(name, waiting, { cls, node }, sources));
  const poolOfSource = sourceOfWaiting === 'missing' ? undefined : sourceOfWaiting?.pool;
  const choice = { node, pools, parameters, class: cls, claim: waiting, begunIn: recordedIn[0]?.name ?? poolOfSource };
  const cannotServe = waiting !== undefined && isUnableToServe(waiting, choice, sourceOfWaiting);
  const isBegun = recordedIn.length > 0 || sources.isKnown(name);
  const found: Found =
    isBegun || cannotServe
      ? await readLife(name, { claim: waiting, class: cls, isBegun }, node, sources)
      : { ...nothing, claim: waiting, class: cls };
  return {
    name,
    waits: waiting !== undefined,
    ...found,
    basePath: (pools.find((pool) => pool.name === found.pool) ?? pools[0])?.path ?? '',
    strays: found.volume === undefined ? [] : await findStrays(name, recordedIn, found.pool),
    pools,
    // A claim that is read only for its leftovers has no class that was read before.
    parameters: found.class === cls ? parameters : found.class && readClassParameters(found.class.parameters),
    source:
      waiting === undefined && found.claim !== undefined
        ? await readCloneSource(name, found.claim, { cls: found.class, node }, sources)
        : sourceOfWaiting,
    isUnregisteredCopy: sources.copies.isUnregistered(name),
    abandonedGraceMs: sources.abandonedGraceMs,
    inDoubtForMs,
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
  pool: undefined,
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
  const place = waiting.isBegun || volume !== undefined ? placeOf(name, volume, sources, node) : undefined;
  const disk = place instanceof StorageError ? place : place && (await readDisk(name, place.storage));
  const pool = place instanceof StorageError ? undefined : place?.name;
  const found = { ...nothing, volume, object, disk, pool };
  if (waiting.claim !== undefined || volume !== undefined) sources.notes.set(name, { abandonedSinceMs: undefined });
  if (waiting.claim !== undefined) {
    return { ...found, claim: waiting.claim, class: waiting.class, livingClaim: waiting.claim };
  }
  const record = recordOf(found);
  const ours = volumeOfOurs({ volume, node, provisionerNames: sources.provisionerNames });
  if (ours !== undefined) {
    const livingClaim = await findLivingClaim([ours.claim, record?.claim], sources.kube);
    const grows = livingClaim !== undefined && wantsGrowth(livingClaim, ours);
    return { ...found, livingClaim, class: grows ? await readClass(livingClaim, sources) : undefined };
  }
  if (record === undefined || diskOf(found)?.place === 'trash' || !isBegunHere(record, { node })) return found;
  const begun =
    place instanceof StorageError || place === undefined ? {} : await readBegun(record, volume, place.storage, sources);
  return { ...found, ...begun };
}

/** The pool that a volume of this node says, because kubelet mounts what is there; otherwise the pool whose journal has it. */
function placeOf(
  name: string,
  volume: Volume | undefined,
  { pools, provisionerNames }: Pick<VolumeSources, 'pools' | 'provisionerNames'>,
  node: NodeFacts,
): Pool<Storage> | StorageError | undefined {
  const [recorded] = pools.having(name);
  const isOfThisNode =
    volume !== undefined &&
    (isMadeBy(volume, node.name, provisionerNames) || lacksIdentity(volume, node.name, provisionerNames));
  if (!isOfThisNode || volume.path === undefined) return recorded ?? pools.at(undefined);
  const named = pools.at(basePathOf(volume));
  if (named !== undefined) return named;
  const message = `volume ${name} has the path ${volume.path}, which is in no base directory of this daemon. Give the daemon that directory again: --base-directory NAME=${basePathOf(volume) ?? volume.path}`;
  return new StorageError('BaseDirectoryUnknown', message);
}

/** For a record without a volume of ours: whether its claim lives, and otherwise whether the directory has content. */
async function readBegun(
  { volume: name, claim: reference }: VolumeRecord,
  volume: Volume | undefined,
  storage: Storage,
  sources: VolumeSources,
): Promise<Pick<Found, 'claim' | 'class' | 'abandoned'>> {
  const { kube, notes } = sources;
  const claim = await findLivingClaim([reference], kube);
  if (claim !== undefined) notes.set(name, { abandonedSinceMs: undefined });
  if (claim !== undefined || volume !== undefined) {
    return { claim, class: claim && (await readClass(claim, sources)), abandoned: undefined };
  }
  const abandoned = { forMs: notes.abandonedForMs(name), hasContent: await storage.hasContent(name) };
  return { claim: undefined, class: undefined, abandoned };
}

/** A pool that cannot be read now may have one. It is found by the scan that comes when the pool can be read again. */
async function findStrays(
  name: string,
  recordedIn: readonly Pool<Storage>[],
  own: string | undefined,
): Promise<VolumeView['strays']> {
  const others = recordedIn.filter((pool) => pool.name !== own);
  const found = await Promise.all(
    others.map(async ({ name: pool, storage }) => {
      const disk = await readDisk(name, storage);
      if (disk instanceof StorageError || disk.record === undefined || disk.place === 'trash') return [];
      const hasContent = await storage.hasContent(name);
      return [{ pool, record: disk.record, baseDirectoryId: disk.baseDirectory.id, hasContent }];
    }),
  );
  return found.flat();
}

async function readDisk(name: string, storage: Storage): Promise<FoundOnDisk | StorageError> {
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

async function poolView(
  pool: Pool<Storage>,
  volume: string,
  parameters: VolumeView['parameters'],
  notes: VolumeSources['notes'],
): Promise<PoolView> {
  const { name, storage, trouble, space, room } = pool;
  return {
    name,
    path: storage.basePath,
    unusable: trouble?.error,
    trouble: troubleOf(trouble) ?? shortageIn(name, volume, notes),
    freeBytes: space?.freeBytes ?? 0,
    room: room.without(volume),
    quotaSupport: await quotaSupportFor(parameters, pool),
  };
}

function troubleOf(base: Pool['trouble']): Trouble | undefined {
  // Unlisted volumes are a problem of the API server, not of this node.
  if (base === undefined || base.forMs < troubleCountsAfterMs || base.error.reason === 'VolumesNotListed')
    return undefined;
  return { reason: base.error.reason, message: base.error.message };
}

function shortageIn(pool: string, volume: string, notes: VolumeSources['notes']): Trouble | undefined {
  const message = notes.shortageOf(volume, pool);
  return message === undefined ? undefined : { reason: 'NoSpace', message };
}

/** Read only for a class that asks for it. A disk that does not answer says so when the directory is made. */
async function quotaSupportFor(
  parameters: VolumeView['parameters'],
  { storage, trouble }: Pool<Storage>,
): Promise<QuotaSupport | undefined> {
  if (parameters === undefined || 'problems' in parameters || !parameters.enforcesQuota) return undefined;
  if (trouble !== undefined) return undefined;
  try {
    return await storage.quotaSupport();
  } catch (error) {
    if (error instanceof StorageError) return undefined;
    throw error;
  }
}

interface Surroundings {
  cls: Class | undefined;
  node: NodeFacts;
}

/** Whether this node was selected for the claim and cannot serve it for a reason of its own. */
function isUnableToServe({ selectedNode }: Claim, facts: ChoiceFacts, source: VolumeView['source']): boolean {
  const { class: cls, node } = facts;
  if (!cls?.waitForFirstConsumer || selectedNode !== node.name) return false;
  const sourceNode = source === 'missing' ? undefined : source?.volume?.identity;
  if (sourceNode !== undefined && sourceNode !== node.name) return true;
  return choosePool(facts).trouble !== undefined || !allowsNode(cls, node.labels);
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
