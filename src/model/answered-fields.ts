/**
 * What this provisioner does about each field of Kubernetes that bears on provisioning. Read it as documentation.
 * test/unit/model/answered-fields.test.ts holds it to the types of the pinned client: a field that Kubernetes gets or loses
 * fails that test until somebody decides here.
 */
export type Answer =
  /** It does what Kubernetes says it does. `in`: the source file, below src/, that sees to it. */
  | { answer: 'honoured'; in: string; note?: string }
  /** A user who sets it is told so, with this reason (docs/reasons.md has what to do). */
  | { answer: 'refused'; reason: string; note?: string }
  | { answer: 'noConcern'; why: string };

const honoured = (file: string, note?: string): Answer => ({ answer: 'honoured', in: file, ...(note && { note }) });
const refused = (reason: string, note?: string): Answer => ({ answer: 'refused', reason, ...(note && { note }) });
const noConcern = (why: string): Answer => ({ answer: 'noConcern', why });

const typeOfObject = noConcern('the path that the object is read from or written to says it');
const anotherKindOfVolume = refused(
  'PathNotOurs',
  'our volumes are hostPath or local; a volume of this kind with our marks is left alone',
);
const partOfDataSource = refused('DataSource', 'as the whole data source');

/** By type of Kubernetes, then by field. */
export const answeredFields: Record<string, Record<string, Answer>> = {
  V1PersistentVolumeClaimSpec: {
    accessModes: honoured(
      'model/volume-object.ts',
      'copied to the volume; the node affinity limits all of them to one node',
    ),
    dataSource: refused('DataSource'),
    dataSourceRef: refused('DataSource'),
    resources: honoured('model/claim.ts'),
    selector: refused('Selector'),
    storageClassName: honoured('model/claim.ts', 'an empty one asks for no provisioner, whatever the annotations say'),
    volumeAttributesClassName: refused('VolumeAttributesClass'),
    volumeMode: refused('BlockVolume', 'Block; Filesystem is what a directory is'),
    volumeName: honoured('volume/rules/wanted.ts', 'a claim that has or wants a volume gets no other'),
  },
  V1VolumeResourceRequirements: {
    limits: noConcern('sizes are not enforced, and Kubernetes does not heed limits of claims'),
    requests: honoured(
      'model/volume-object.ts',
      'becomes the capacity of the volume; a larger one later is CannotGrow',
    ),
  },
  V1LabelSelector: {
    matchExpressions: refused('Selector', 'as the whole selector'),
    matchLabels: refused('Selector', 'as the whole selector'),
  },
  V1TypedLocalObjectReference: {
    apiGroup: partOfDataSource,
    kind: partOfDataSource,
    name: partOfDataSource,
  },
  V1TypedObjectReference: {
    apiGroup: partOfDataSource,
    kind: partOfDataSource,
    name: partOfDataSource,
    namespace: partOfDataSource,
  },

  V1StorageClass: {
    allowVolumeExpansion: refused(
      'CannotGrow',
      'a claim whose request was raised is told; its volume goes on as it is',
    ),
    allowedTopologies: honoured('model/class.ts'),
    apiVersion: typeOfObject,
    kind: typeOfObject,
    metadata: honoured('model/class.ts', 'the name alone; is-default-class is heeded by the API server'),
    mountOptions: honoured('volume/rules/wanted.ts', 'with volumeType local; with hostPath the reason is MountOptions'),
    parameters: honoured('model/class-parameters.ts', 'an unknown one or a bad value is ClassParameterInvalid'),
    provisioner: honoured('changes/classes.ts'),
    reclaimPolicy: honoured('model/class.ts'),
    volumeBindingMode: honoured('volume/rules/wanted.ts'),
  },
  V1TopologySelectorTerm: {
    matchLabelExpressions: honoured('model/class.ts'),
  },
  V1TopologySelectorLabelRequirement: {
    key: honoured('model/class.ts'),
    values: honoured('model/class.ts'),
  },

  V1PersistentVolumeSpec: {
    accessModes: honoured('model/volume-object.ts'),
    awsElasticBlockStore: anotherKindOfVolume,
    azureDisk: anotherKindOfVolume,
    azureFile: anotherKindOfVolume,
    capacity: honoured('model/volume-object.ts', 'what the claim asked for; compared with its request since'),
    cephfs: anotherKindOfVolume,
    cinder: anotherKindOfVolume,
    claimRef: honoured('volume/observe.ts', 'nothing is removed while that claim lives'),
    csi: anotherKindOfVolume,
    fc: anotherKindOfVolume,
    flexVolume: anotherKindOfVolume,
    flocker: anotherKindOfVolume,
    gcePersistentDisk: anotherKindOfVolume,
    glusterfs: anotherKindOfVolume,
    hostPath: honoured('model/volume-object.ts'),
    iscsi: anotherKindOfVolume,
    local: honoured('model/volume-object.ts'),
    mountOptions: honoured('model/volume-object.ts', 'those of the class, with volumeType local'),
    nfs: anotherKindOfVolume,
    nodeAffinity: honoured('model/volume-object.ts'),
    persistentVolumeReclaimPolicy: honoured('volume/rules/let-go.ts', 'Delete as such, anything else as Retain'),
    photonPersistentDisk: anotherKindOfVolume,
    portworxVolume: anotherKindOfVolume,
    quobyte: anotherKindOfVolume,
    rbd: anotherKindOfVolume,
    scaleIO: anotherKindOfVolume,
    storageClassName: honoured('model/volume-object.ts'),
    storageos: anotherKindOfVolume,
    volumeAttributesClassName: noConcern('the API server accepts it on CSI volumes only'),
    volumeMode: honoured('model/volume-object.ts'),
    vsphereVolume: anotherKindOfVolume,
  },
  V1HostPathVolumeSource: {
    path: honoured('volume/rules/place.ts', 'another one than ours is PathNotOurs'),
    type: honoured('model/volume-object.ts', 'Directory, so that a lost disk does not become an empty volume'),
  },
  V1LocalVolumeSource: {
    fsType: noConcern('it is for block devices, and ours is a directory'),
    path: honoured('volume/rules/place.ts', 'another one than ours is PathNotOurs'),
  },
  V1VolumeNodeAffinity: {
    required: honoured(
      'model/volume.ts',
      'the hostname label of one node: the only word on where a volume lies that nobody can edit',
    ),
  },
  V1ObjectReference: {
    apiVersion: typeOfObject,
    fieldPath: noConcern('a volume belongs to a whole claim'),
    kind: typeOfObject,
    name: honoured('volume/observe.ts'),
    namespace: honoured('volume/observe.ts'),
    resourceVersion: noConcern('kube-controller-manager alone writes and reads it'),
    uid: honoured('volume/observe.ts', 'a claim of the same name with another UID is another claim'),
  },
};

/** By name, of claims, volumes and classes. */
export const answeredAnnotations: Record<string, Answer> = {
  'volume.kubernetes.io/storage-provisioner': honoured('model/claim.ts', 'a claim is ours when it names us'),
  'volume.beta.kubernetes.io/storage-provisioner': honoured('model/claim.ts', 'where the one above is missing'),
  'volume.beta.kubernetes.io/storage-class': honoured(
    'model/claim.ts',
    'wins over spec.storageClassName, as in Kubernetes',
  ),
  'volume.kubernetes.io/selected-node': honoured('volume/rules/wanted.ts'),
  'pv.kubernetes.io/bind-completed': honoured('model/claim.ts', 'such a claim waits no more'),
  'pv.kubernetes.io/bound-by-controller': noConcern(
    'kube-controller-manager notes with it what it has to take back itself',
  ),
  'pv.kubernetes.io/provisioned-by': honoured('model/volume.ts', 'without it a volume of ours is IdentityMissing'),
  'pv.kubernetes.io/migrated-to': noConcern(
    'it hands volumes of old plugins to CSI drivers, and ours are of none of those plugins',
  ),
  'volume.kubernetes.io/storage-resizer': noConcern(
    'kube-controller-manager names who is to grow a claim; CannotGrow answers',
  ),
  'volume.beta.kubernetes.io/mount-options': noConcern(
    'kubelet reads it from volumes made by hand; ours have spec.mountOptions',
  ),
  'volume.kubernetes.io/node-expansion-not-required': noConcern(
    'it tells kubelet about the growth of a volume, and ours do not grow',
  ),
  'volume.alpha.kubernetes.io/pre-resize-capacity': noConcern(
    'kube-controller-manager notes with it what a volume had before it grew',
  ),
  'pv.beta.kubernetes.io/gid': noConcern('kubelet gives pods that group; who wants it on a volume of ours may set it'),
  'kubernetes.io/createdby': noConcern('plugins inside Kubernetes mark their own volumes with it'),
  'volumes.kubernetes.io/controller-managed-attach-detach': noConcern(
    'it stands on nodes, and our volumes are not attached',
  ),
  'storageclass.kubernetes.io/is-default-class': noConcern(
    'the API server writes the class into the claim; we see that',
  ),
  'storageclass.beta.kubernetes.io/is-default-class': noConcern('as its successor'),
};
