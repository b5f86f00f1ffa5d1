import { type BaseDirectory, type FoundOnDisk, type QuotaSupport, StorageError } from '../../src/disk/port.ts';
import type { Claim, ClaimReference, DataSource } from '../../src/model/claim.ts';
import type { Class } from '../../src/model/class.ts';
import { readClassParameters } from '../../src/model/class-parameters.ts';
import type { PersistentVolumeObject } from '../../src/model/kubernetes.ts';
import { annotations, defaultPool, finalizer, hostnameLabel, nodeLabel } from '../../src/model/names.ts';
import type { NodeFacts } from '../../src/model/node.ts';
import type { Room } from '../../src/model/room.ts';
import type { Volume } from '../../src/model/volume.ts';
import type { VolumeRecord, VolumeTemplate } from '../../src/model/volume-record.ts';
import type { CloneSource, PoolView, Trouble, VolumeView } from '../../src/volume/view.ts';

/** One claim, its volume and its node, as they usually are. A test changes what matters to it. */
export const reference: ClaimReference = { namespace: 'default', name: 'data', uid: 'aaaa-1' };
export const volumeName = 'pvc-aaaa-1';
export const ownCluster = 'cluster-a';
export const nodeName = 'node-a';
export const provisionerNames: readonly string[] = ['hostpath-provisioner', 'example.com/hostpath'];
export const basePath = '/tmp/hostpath-provisioner';
export const now = new Date('2026-11-22T10:00:00.000Z');

export const baseDirectory: BaseDirectory = {
  path: basePath,
  id: 'base-1',
  createdAt: '2026-11-01T10:00:00.000Z',
  cluster: ownCluster,
  mounted: false,
  fileSystem: 'ext4',
};

export const node = (changes: Partial<NodeFacts> = {}): NodeFacts => ({
  name: nodeName,
  registered: true,
  labels: { 'kubernetes.io/hostname': nodeName, zone: 'a' },
  hostname: nodeName,
  ...changes,
});

/** A claim that waits for a volume. */
export const pendingClaim = (changes: Partial<Claim> = {}): Claim => ({
  ...reference,
  resourceVersion: '7',
  provisioner: 'hostpath-provisioner',
  selectedNode: undefined,
  deleting: false,
  bound: false,
  volumeName: undefined,
  className: 'fast',
  accessModes: ['ReadWriteOnce'],
  volumeMode: 'Filesystem',
  requestedStorage: '1Gi',
  capacity: undefined,
  resize: { allocated: undefined, state: undefined, error: undefined, underWay: false },
  hasSelector: false,
  attributesClass: undefined,
  dataSource: undefined,
  ...changes,
});

export const cls = (changes: Partial<Class> = {}): Class => ({
  name: 'fast',
  uid: 'class-uid-1',
  provisioner: 'hostpath-provisioner',
  parameters: {},
  mountOptions: [],
  reclaimPolicy: 'Delete',
  waitForFirstConsumer: false,
  allowedTopologies: [],
  ...changes,
});

/** What a claim says that is to be a copy of another one. */
export const dataSource = (changes: Partial<DataSource> = {}): DataSource => ({
  kind: 'PersistentVolumeClaim',
  name: 'original',
  apiGroup: '',
  namespace: undefined,
  ...changes,
});

/** The claim that is to be copied, bound to a volume of ours on this node. */
export function cloneSource(changes: Partial<Volume> = {}, claim: Partial<Claim> = {}): CloneSource {
  const reference = { namespace: 'default', name: 'original', uid: 'oooo-1' };
  const volumeName = 'pvc-oooo-1';
  return {
    claim: pendingClaim({ ...reference, bound: true, volumeName, ...claim }),
    volume: releasedVolume({ name: volumeName, phase: 'Bound', claim: reference, ...changes }),
    pool: defaultPool,
    pendingForMs: 0,
  };
}

/** A volume of ours whose claim has let it go. */
export const releasedVolume = (changes: Partial<Volume> = {}): Volume => ({
  name: volumeName,
  uid: 'volume-uid-1',
  provisionedBy: 'hostpath-provisioner',
  identity: nodeName,
  nodeLabel: nodeName,
  hostname: nodeName,
  className: 'fast',
  createdAt: '2026-11-20T10:00:00Z',
  baseDirectoryId: baseDirectory.id,
  baseDirectoryMounted: false,
  path: `${basePath}/${changes.name ?? volumeName}`,
  phase: 'Released',
  statusMessage: undefined,
  capacity: '1Gi',
  reclaimPolicy: 'Delete',
  deleting: false,
  hasFinalizer: true,
  claim: reference,
  ...changes,
});

export const volumeRecord = (changes: Partial<VolumeRecord> = {}): VolumeRecord => ({
  version: 1,
  volume: volumeName,
  claim: reference,
  cluster: ownCluster,
  class: 'fast',
  node: nodeName,
  reclaimPolicy: 'Delete',
  createdAt: now.toISOString(),
  ...changes,
});

/** What registering the volume of a record again takes. */
export const template: VolumeTemplate = {
  provisioner: 'hostpath-provisioner',
  capacity: '1Gi',
  accessModes: ['ReadWriteOnce'],
  volumeMode: 'Filesystem',
  mountOptions: [],
  volumeType: 'hostPath',
  hostname: nodeName,
};

/** What a record notes of a class with a `trashRetention`. */
export const keptFor = (forMs: number): Pick<VolumeRecord, 'template' | 'retention'> => ({
  template,
  retention: { forMs },
});

/** A directory of ours in the base directory. */
export const disk = (changes: Partial<FoundOnDisk> = {}): FoundOnDisk => ({
  baseDirectory,
  record: volumeRecord(),
  place: 'base',
  ...changes,
});

/** The object that a volume was read from. */
export const objectOf = (volume: Volume): PersistentVolumeObject => ({
  metadata: {
    name: volume.name,
    uid: volume.uid,
    resourceVersion: '1',
    annotations: {
      ...(volume.provisionedBy !== undefined && { [annotations.provisionedBy]: volume.provisionedBy }),
      ...(volume.identity !== undefined && { [annotations.identity]: volume.identity }),
      ...(volume.baseDirectoryId !== undefined && { [annotations.baseDirectoryId]: volume.baseDirectoryId }),
      ...(volume.baseDirectoryMounted && { [annotations.baseDirectoryMounted]: 'true' }),
    },
    ...(volume.nodeLabel !== undefined && { labels: { [nodeLabel]: volume.nodeLabel } }),
    ...(volume.createdAt !== undefined && { creationTimestamp: volume.createdAt }),
    finalizers: ['kubernetes.io/pv-protection', ...(volume.hasFinalizer ? [finalizer] : [])],
    ...(volume.deleting && { deletionTimestamp: '2026-11-22T09:00:00Z' }),
  },
  spec: {
    ...(volume.className !== undefined && { storageClassName: volume.className }),
    ...(volume.hostname !== undefined && { nodeAffinity: affinityTo(volume.hostname) }),
    ...(volume.path !== undefined && { hostPath: { path: volume.path } }),
    ...(volume.capacity !== undefined && { capacity: { storage: volume.capacity } }),
    ...(volume.reclaimPolicy !== undefined && { persistentVolumeReclaimPolicy: volume.reclaimPolicy }),
    ...(volume.claim !== undefined && { claimRef: volume.claim }),
  },
  ...(volume.phase !== undefined && {
    status: { phase: volume.phase, ...(volume.statusMessage !== undefined && { message: volume.statusMessage }) },
  }),
});

const affinityTo = (hostname: string) => ({
  required: {
    nodeSelectorTerms: [{ matchExpressions: [{ key: hostnameLabel, operator: 'In', values: [hostname] }] }],
  },
});

const quiet = {
  basePath,
  strays: [],
  source: undefined,
  isUnregisteredCopy: false,
  abandoned: undefined,
  abandonedGraceMs: 60_000,
  inDoubtForMs: 0,
  selectedNodeExists: undefined,
  otherNodes: false,
  giveBackWaitMs: 0,
  provisionerNames,
  ownCluster,
  now,
} satisfies Partial<VolumeView>;

/** The only pool of the node, with space and without trouble. */
/** Room for every claim that a test makes. */
const plenty: Room = { sizeBytes: 2 ** 50, reservedBytes: 0, promisedBytes: 0, keptBytes: 0, inodes: 0 };

export const poolView = (changes: Partial<PoolView> = {}): PoolView => ({
  name: defaultPool,
  path: basePath,
  unusable: undefined,
  trouble: undefined,
  freeBytes: 500_000,
  room: plenty,
  quotaSupport: undefined,
  ...changes,
});

type Shared = Partial<Omit<VolumeView, 'claim' | 'class' | 'volume' | 'livingClaim' | 'disk' | 'node'>>;

interface ClaimViewChanges extends Shared {
  /** Undefined: there is none. */
  claim?: Partial<Claim> | undefined;
  class?: Partial<Class> | undefined;
  volume?: Partial<Volume>;
  node?: Partial<NodeFacts>;
  /** The journal has a record, and the directory is there. */
  begun?: boolean;
  record?: VolumeRecord;
  /** Of the only pool. */
  trouble?: Trouble | undefined;
  /** Undefined: it is not known. */
  room?: Room | undefined;
  quotaSupport?: QuotaSupport;
  disk?: VolumeView['disk'];
}

/** A claim that is to be provisioned at once, of a class and on a node without particulars. */
export function claimView(changes: ClaimViewChanges = {}): VolumeView {
  const {
    claim,
    class: classChanges,
    volume: volumeChanges,
    node: facts,
    record,
    begun,
    trouble,
    room = isGone(changes, 'room') ? undefined : plenty,
    quotaSupport,
    ...rest
  } = changes;
  const volume = volumeChanges && releasedVolume({ phase: 'Pending', ...volumeChanges });
  const isBegun = begun ?? (volume !== undefined || record !== undefined);
  const there = isGone(changes, 'claim') ? undefined : pendingClaim(claim);
  const ofClass = isGone(changes, 'class') ? undefined : cls(classChanges);
  return {
    ...quiet,
    name: volumeName,
    waits: there !== undefined,
    claim: there,
    class: ofClass,
    parameters: ofClass && readClassParameters(ofClass.parameters),
    pool: isBegun ? defaultPool : undefined,
    pools: [poolView({ trouble, room, quotaSupport })],
    volume,
    object: volume && objectOf(volume),
    livingClaim: there,
    disk: isBegun ? disk({ record: record ?? volumeRecord() }) : undefined,
    node: node(facts),
    ...rest,
  };
}

interface VolumeViewChanges extends Shared {
  /** Undefined: there is none. */
  volume?: Partial<Volume> | undefined;
  disk?: Partial<FoundOnDisk> | StorageError;
  livingClaim?: Partial<Claim>;
  /** The claim that the volume was made for, which lives and waits for nobody. */
  claim?: Partial<Claim>;
  nodeName?: string;
  /** Of the only pool; undefined: it is not known. */
  room?: Room | undefined;
}

/** A volume that is to be deleted: released, ours in every respect, and its claim gone. */
export function volumeView(changes: VolumeViewChanges = {}): VolumeView {
  const {
    volume: volumeChanges,
    disk: diskChanges,
    livingClaim,
    claim,
    nodeName: name = nodeName,
    room = isGone(changes, 'room') ? undefined : plenty,
    ...rest
  } = changes;
  const volume = isGone(changes, 'volume') ? undefined : releasedVolume(volumeChanges);
  return {
    ...quiet,
    name: volume?.name ?? volumeName,
    waits: false,
    claim: claim && pendingClaim(claim),
    class: claim && cls(),
    parameters: claim && readClassParameters({}),
    pool: defaultPool,
    pools: [poolView({ room })],
    volume,
    object: volume && objectOf(volume),
    livingClaim: livingClaim && pendingClaim(livingClaim),
    disk: diskChanges instanceof StorageError ? diskChanges : disk(diskChanges),
    node: node({ name, hostname: name }),
    ...rest,
  };
}

/** Whether a part is given as undefined, which is not the same as not given. */
function isGone<Changes extends object>(changes: Changes, part: keyof Changes): boolean {
  return part in changes && changes[part] === undefined;
}
