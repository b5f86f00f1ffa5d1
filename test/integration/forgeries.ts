import type { Json } from '../support/api.ts';
import { type Deviations, reference } from './forged-volume.ts';
import type { Disk, Scene } from './scene.ts';

/** A forged volume: an exact one, but for what its name tells. */
export interface Forgery {
  name: string;
  /** The name of the object; it is `pvc-<uid>`, unless told otherwise. */
  objectName?: (uid: string) => string;
  /** What the object has that an exact one has not. Undefined takes a field away. */
  changes?: (scene: Scene, volume: { name: string; path: string }) => Deviations;
  /** What lies on the disk under its name. Default: a directory with content and our record of it, so that only the deviation protects it. */
  disk?: Disk;
  /** Whether somebody deletes the object as well. */
  deleting?: boolean;
  /** A phase that is written over the one that Kubernetes gives. */
  phase?: string;
  verdict: Verdict;
}

/**
 * What must become of it.
 * - deleted: object, directory and record go, because nothing in it is false that matters
 * - left: nothing changes, and nothing is said
 * - kept: the directory stays, whatever becomes of the object
 * - refused by Kubernetes: the object cannot be made
 * - else the reason that the daemon gives, while nothing changes
 */
export type Verdict =
  | 'deleted'
  | 'left'
  | 'kept'
  | 'refused by Kubernetes'
  | 'NameNotOurs'
  | 'PathNotOurs'
  | 'AnotherBaseDirectory'
  | 'NoRecord'
  | 'IdentityMissing'
  | 'VolumeFailed'
  | 'DirectoryTaken';

type PathOf = (scene: Scene, volume: { name: string; path: string }) => string;

const wrongPaths: [shown: string, pathOf: PathOf][] = [
  ['/', () => '/'],
  ['//', () => '//'],
  ['.', () => '.'],
  ['/etc', () => '/etc'],
  ['/etc/passwd', () => '/etc/passwd'],
  ['/tmp', () => '/tmp'],
  ['the base directory', ({ base }) => base],
  ['the base directory and a slash', ({ base }) => `${base}/`],
  ['the base directory and /.', ({ base }) => `${base}/.`],
  ['the base directory and /*', ({ base }) => `${base}/*`],
  ['base-evil/x', ({ base }) => `${base}-evil/x`],
  ['base-evil and its own name', ({ base }, { name }) => `${base}-evil/${name}`],
  ['a decoy', ({ decoy }) => decoy],
  ['a link in the base directory to the decoy', ({ base }) => `${base}/link-to-decoy`],
  ['its own name below that link', ({ base }, { name }) => `${base}/link-to-decoy/${name}`],
  ['its own, with /./', ({ base }, { name }) => `${base}/./${name}`],
  ['its own, with //', ({ base }, { name }) => `${base}//${name}`],
  ['its own after another slash', (_, { path }) => `/${path}`],
  ['its own and a slash', (_, { path }) => `${path}/`],
  ['its own and /.', (_, { path }) => `${path}/.`],
  ['a file in its own', (_, { path }) => `${path}/data`],
  ['its own and a blank', (_, { path }) => `${path} `],
  ['its own after a blank', (_, { path }) => ` ${path}`],
  ['its own and a line break', (_, { path }) => `${path}\n`],
  ['its own and NUL', (_, { path }) => `${path}\0`],
  ['its own with NUL amid', ({ base }, { name }) => `${base}\0/${name}`],
  ['its own in capitals', ({ base }, { name }) => `${base}/${name.toUpperCase()}`],
  ['its own with a Cyrillic look-alike', ({ base }, { name }) => `${base}/${name.replace('pvc', 'рvс')}`],
  ['its own in wide letters', ({ base }, { name }) => `${base}/${name.replace('pvc', 'ｐｖｃ')}`],
  ['its own with a zero-width blank', (_, { path }) => `${path}\u200b`],
  ['its own with an escaped letter', ({ base }, { name }) => `${base}/${name.replace('p', '%70')}`],
  ['its own through /proc/self/root', (_, { path }) => `/proc/self/root${path}`],
  ['its own as an address', (_, { path }) => `file://${path}`],
  ['its own with backslashes', (_, { path }) => path.replaceAll('/', '\\')],
  ['its own, relative', (_, { name }) => name],
  ['its own, relative with ./', (_, { name }) => `./${name}`],
  ['its own below ~', (_, { name }) => `~/${name}`],
  ["another volume's", ({ victim }) => victim.directory],
  ["a file in another volume's", ({ victim }) => `${victim.directory}/data`],
  ['its place in the trash', ({ base }, { name }) => `${base}/.hostpath-provisioner/trash/${name}`],
  ['the trash', ({ base }) => `${base}/.hostpath-provisioner/trash`],
  ['the journal', ({ base }) => `${base}/.hostpath-provisioner/volumes`],
  ['its own record', ({ base }, { name }) => `${base}/.hostpath-provisioner/volumes/${name}.json`],
  ['the label', ({ base }) => `${base}/.hostpath-provisioner/base.json`],
  ['4,096 bytes long', ({ base }) => `${base}/${'a'.repeat(4_095 - base.length)}`],
];

/** No object can have these: the API server sees to it. */
const impossiblePaths: [shown: string, pathOf: PathOf][] = [
  ['empty', () => ''],
  ['/..', () => '/..'],
  ['its own by way of ..', ({ base }, { name }) => `${base}/../base/${name}`],
  ["another volume's by way of ..", ({ victim }, { path }) => `${path}/../${victim.volumeName}`],
  ['out of the base directory by ..', ({ base }) => `${base}/../decoy`],
];

const hostPath = (path: string): Deviations => ({ source: { hostPath: { path, type: 'Directory' } } });
const local = (path: string): Deviations => ({ source: { local: { path } } });
const sources = [
  ['hostPath', hostPath],
  ['local', local],
] as const;

const released = [
  ['released', {}],
  ['being deleted', { deleting: true }],
] as const;

const paths: Forgery[] = sources.flatMap(([type, source]) => [
  ...wrongPaths.flatMap(([shown, pathOf]) =>
    released.map(
      ([state, how]): Forgery => ({
        name: `${type} path: ${shown}, ${state}`,
        changes: (scene, volume) => source(pathOf(scene, volume)),
        ...how,
        verdict: 'PathNotOurs',
      }),
    ),
  ),
  ...impossiblePaths.map(
    ([shown, pathOf]): Forgery => ({
      name: `${type} path: ${shown}`,
      changes: (scene, volume) => source(pathOf(scene, volume)),
      verdict: 'refused by Kubernetes',
    }),
  ),
]);

const foreignPaths: Forgery[] = wrongPaths.map(([shown, pathOf]) => ({
  name: `identity of another node and path: ${shown}`,
  changes: (scene, volume) => ({ ...hostPath(pathOf(scene, volume)), identity: 'another-node' }),
  deleting: true,
  verdict: 'left',
}));

const otherSources: Forgery[] = (
  [
    ['nfs', (path) => ({ nfs: { server: '127.0.0.1', path } })],
    ['csi', (path) => ({ csi: { driver: 'hostpath.example.com', volumeHandle: path } })],
    ['iscsi', () => ({ iscsi: { targetPortal: '127.0.0.1:3260', iqn: 'iqn.2026-11.com.example:a', lun: 0 } })],
  ] as [string, (path: string) => Json][]
).flatMap(([type, source]) =>
  released.map(([state, how]) => ({
    name: `no path, but ${type}, ${state}`,
    changes: (_, { path }) => ({ source: source(path) }),
    ...how,
    verdict: 'PathNotOurs',
  })),
);

const makers: Forgery[] = (
  [
    ['an empty identity', { identity: '' }],
    ['the identity of another node', { identity: 'another-node' }],
    ['an identity that begins with ours', ({ nodeName }) => ({ identity: `${nodeName}.evil` })],
    ['our identity in capitals', ({ nodeName }) => ({ identity: nodeName.toUpperCase() })],
    ['the identity *', { identity: '*' }],
    ['the provisioner of others', { provisionedBy: 'rancher.io/local-path' }],
    ['a provisioner that begins with ours', ({ provisioner }) => ({ provisionedBy: `${provisioner}.evil` })],
    ['our provisioner in a list', ({ provisioner }) => ({ provisionedBy: `${provisioner},x` })],
    ['neither identity nor provisioner of ours', { identity: 'another-node', provisionedBy: 'rancher.io/local-path' }],
  ] as [string, Deviations | ((scene: Scene) => Deviations)][]
).flatMap(([shown, changes]) =>
  released.map(([state, how]) => ({
    name: `${shown}, ${state}`,
    changes: (scene) => (typeof changes === 'function' ? changes(scene) : changes),
    ...how,
    verdict: 'left',
  })),
);

/** They wait for us by our finalizer, and do not say that we made them. */
const withoutMaker: Forgery[] = (
  [
    ['no identity', { identity: undefined }],
    ['our label alone', { identity: undefined, baseDirectoryId: undefined }],
  ] as [string, Deviations][]
).flatMap(([shown, changes]) =>
  released.map(([state, how]) => ({
    name: `${shown}, ${state}`,
    changes: () => changes,
    ...how,
    verdict: 'IdentityMissing',
  })),
);

/** Kubernetes empties the directories of such volumes itself once they are released, so these have no claim. */
const inTreeMakers: Forgery[] = [undefined, '', 'kubernetes.io/host-path'].map((provisionedBy) => ({
  name: `the provisioner ${JSON.stringify(provisionedBy) ?? 'missing'}, without claim, being deleted`,
  changes: () => ({ provisionedBy, claimRef: undefined }),
  deleting: true,
  verdict: provisionedBy === undefined ? 'IdentityMissing' : 'left',
}));

const baseDirectories: Forgery[] = (
  [
    ['another', () => '0326fb63-7674-4861-88f0-45712f886825'],
    ['none, but an annotation', () => ''],
    ['the right one in capitals', ({ baseId }) => baseId.toUpperCase()],
    ['the right one and a blank', ({ baseId }) => `${baseId} `],
    ['the beginning of the right one', ({ baseId }) => baseId.slice(0, 8)],
  ] as [string, (scene: Scene) => string][]
).flatMap(([shown, idOf]) =>
  released.map(([state, how]) => ({
    name: `base directory id: ${shown}, ${state}`,
    changes: (scene) => ({ baseDirectoryId: idOf(scene) }),
    ...how,
    verdict: 'AnotherBaseDirectory',
  })),
);

const names: Forgery[] = (
  [
    ['no prefix', (uid) => `data-${uid}`],
    ['something before the prefix', (uid) => `xpvc-${uid}`],
    ['a dot', (uid) => `pvc-${uid}.json`],
    ['a dot at its beginning', (uid) => `pvc.${uid}`],
    ['a label of 63 characters and a dot', (uid) => `pvc-${uid.padEnd(59, 'a')}.a`],
    ['a dash after the prefix', (uid) => `pvc--${uid}`],
    ['250 characters', (uid) => `pvc-${uid.padEnd(246, 'a')}`],
  ] as [string, (uid: string) => string][]
).flatMap(([shown, objectName]) => [
  ...released.map(
    ([state, how]): Forgery => ({
      name: `a name with ${shown}, ${state}`,
      objectName,
      ...how,
      verdict: 'NameNotOurs',
    }),
  ),
  {
    name: `a name with ${shown} and the path of another volume`,
    objectName,
    changes: ({ victim }) => hostPath(victim.directory),
    verdict: 'NameNotOurs',
  },
]);

const impossibleNames: Forgery[] = (
  [
    ['in capitals', (uid) => `PVC-${uid}`],
    ['that is a path', (uid) => `pvc-${uid}/..`],
    ['of our own directory', () => '.hostpath-provisioner'],
    ['of 254 characters', (uid) => `pvc-${uid.padEnd(250, 'a')}`],
    ['with a line break', (uid) => `pvc-${uid}\n`],
    ['with NUL', (uid) => `pvc-${uid}\0`],
    ['with an underscore', (uid) => `pvc_${uid}`],
  ] as [string, (uid: string) => string][]
).map(([shown, objectName]) => ({ name: `a name ${shown}`, objectName, verdict: 'refused by Kubernetes' }));

const claims: Forgery[] = [
  { name: 'no claim', changes: () => ({ claimRef: undefined }), verdict: 'left' },
  {
    name: 'a claim without UID, as when a volume is reserved',
    changes: ({ namespace }) => ({ claimRef: { namespace, name: 'nobody' } }),
    verdict: 'left',
  },
  ...released.map(
    ([state, how]): Forgery => ({
      name: `the claim of another volume, which lives, ${state}`,
      changes: ({ victim }) => ({ claimRef: reference(victim.claim, victim.claim.metadata.uid) }),
      ...how,
      verdict: 'left',
    }),
  ),
];

const finalizersAndPhases: Forgery[] = [
  { name: 'the phase Failed', phase: 'Failed', verdict: 'VolumeFailed' },
  {
    name: "being deleted, and held by others' finalizer alone",
    changes: () => ({ finalizers: ['example.com/hold'] }),
    deleting: true,
    verdict: 'left',
  },
  {
    name: 'being deleted without any finalizer',
    changes: () => ({ finalizers: [] }),
    deleting: true,
    verdict: 'kept',
  },
  ...released.map(
    ([state, how]): Forgery => ({
      name: `to be retained, ${state}`,
      changes: () => ({ reclaimPolicy: 'Retain' }),
      ...how,
      verdict: 'kept',
    }),
  ),
];

const disks: Forgery[] = (
  [
    ['a directory without record', 'directory', 'NoRecord'],
    ['something in the trash without record', 'trash', 'NoRecord'],
    ['a link to the decoy in place of the directory', 'link and record', 'DirectoryTaken'],
    ['a file in place of the directory', 'file and record', 'DirectoryTaken'],
  ] as [string, Disk, Verdict][]
).flatMap(([shown, disk, verdict]) =>
  released.map(([state, how]) => ({ name: `exact, but for ${shown}, ${state}`, disk, ...how, verdict })),
);

/** What is right in all that matters goes: else the table would show only that nothing is ever deleted. */
const exact: Forgery[] = [
  ...released.map(([state, how]): Forgery => ({ name: `exact, ${state}`, ...how, verdict: 'deleted' })),
  { name: 'exact, of type local', changes: (_, { path }) => local(path), verdict: 'deleted' },
  {
    name: 'exact, with another type of host path',
    changes: (_, { path }) => ({ source: { hostPath: { path, type: 'File' } } }),
    verdict: 'deleted',
  },
  { name: 'exact, without base directory id', changes: () => ({ baseDirectoryId: undefined }), verdict: 'deleted' },
  {
    name: 'exact, with a claim that was made again under its name',
    changes: ({ victim }) => ({ claimRef: reference(victim.claim, '0326fb63-7674-4861-88f0-45712f886825') }),
    verdict: 'deleted',
  },
  {
    name: 'exact, without claim, being deleted',
    changes: () => ({ claimRef: undefined }),
    deleting: true,
    verdict: 'deleted',
  },
  { name: 'exact, without our finalizer', changes: () => ({ finalizers: [] }), verdict: 'deleted' },
  { name: 'exact, and its directory is lost', disk: 'record', verdict: 'deleted' },
  { name: 'exact, and nothing of it is on the disk', disk: 'nothing', verdict: 'deleted' },
];

/** A watch does not bring these; they are found by their records when the daemon starts. */
const unlabelled: Forgery[] = [
  { name: 'exact, without our label', changes: () => ({ nodeLabel: undefined }), verdict: 'deleted' },
  { name: 'exact, with the label of another node', changes: () => ({ nodeLabel: 'another' }), verdict: 'deleted' },
  {
    name: 'without label and identity',
    changes: () => ({ nodeLabel: undefined, identity: undefined }),
    verdict: 'left',
  },
];

export const forgeries: readonly Forgery[] = [
  ...paths,
  ...foreignPaths,
  ...otherSources,
  ...makers,
  ...withoutMaker,
  ...inTreeMakers,
  ...baseDirectories,
  ...names,
  ...impossibleNames,
  ...claims,
  ...finalizersAndPhases,
  ...disks,
  ...exact,
  ...unlabelled,
];
