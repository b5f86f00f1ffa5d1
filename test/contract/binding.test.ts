import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { claim, storageClass, uniqueName } from '../support/build.ts';
import { until } from '../support/until.ts';
import { type Corner, classesPath, test, volumesPath } from './corner.ts';
import { isSince } from './since.ts';

const betaProvisioner = 'volume.beta.kubernetes.io/storage-provisioner';
const provisioner = 'volume.kubernetes.io/storage-provisioner';
const bindCompleted = 'pv.kubernetes.io/bind-completed';
const boundByController = 'pv.kubernetes.io/bound-by-controller';
const provisionedBy = 'pv.kubernetes.io/provisioned-by';
const selectedNode = 'volume.kubernetes.io/selected-node';
const ourFinalizer = 'external-provisioner.volume.kubernetes.io/finalizer';
const ours = 'example.com/contract';

const hostPath = { path: '/var/nowhere' };
const volumeSpec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath };

async function makeClass(corner: Corner, changes: Json = {}): Promise<string> {
  const name = uniqueName('class');
  await corner.create(classesPath, storageClass(name, { provisioner: ours, ...changes }));
  return name;
}

const makeClaim = (corner: Corner, spec: Json): Promise<Json> => corner.create(corner.claims, claim('a', { spec }));

/** What a provisioner does for a claim. */
function provision(corner: Corner, { metadata, spec }: Json, changes: Json = {}): Promise<Json> {
  const { namespace, name, uid, resourceVersion } = metadata;
  const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion };
  return corner.create(volumesPath, {
    metadata: { name: `pvc-${uid}`, annotations: { [provisionedBy]: ours }, finalizers: [ourFinalizer] },
    spec: {
      ...volumeSpec,
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: spec.storageClassName,
      claimRef,
      ...changes,
    },
  });
}

/** A volume that an administrator made for claims of `storageClassName`. */
const offer = (corner: Corner, storageClassName: string, spec: Json = {}, metadata: Json = {}): Promise<Json> =>
  corner.create(volumesPath, {
    metadata: { name: uniqueName('volume'), ...metadata },
    spec: { ...volumeSpec, storageClassName, ...spec },
  });

const untilPhase = (corner: Corner, path: string, phase: string) =>
  corner.untilObject(path, phase, ({ status }) => status.phase === phase);

const pathOf = ({ metadata }: Json) => `${volumesPath}/${metadata.name}`;

const untilEvent = (corner: Corner, event: string) =>
  until(`there is the Event ${event}`, async () => {
    const events = await corner.eventsAbout('a');
    if (events.includes(event)) return true;
    throw new Error(JSON.stringify(events));
  });

const waitingFor = (name: string) =>
  `Normal ExternalProvisioning: Waiting for a volume to be created either by the external provisioner '${name}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;

describe('a claim that wants a volume', () => {
  test('names its provisioner at once when its class binds immediately', async ({ corner }) => {
    await makeClaim(corner, { storageClassName: await makeClass(corner) });
    const { metadata } = await corner.untilObject(
      `${corner.claims}/a`,
      'annotated',
      (object) => object.metadata.annotations,
    );
    expect(metadata.annotations).toEqual({ [betaProvisioner]: ours, [provisioner]: ours });
    await untilEvent(corner, waitingFor(ours));
  });

  test('waits for a node when its class waits for the first consumer', async ({ corner }) => {
    await makeClaim(corner, {
      storageClassName: await makeClass(corner, { volumeBindingMode: 'WaitForFirstConsumer' }),
    });
    await untilEvent(corner, 'Normal WaitForFirstConsumer: waiting for first consumer to be created before binding');
    expect((await corner.api.get(`${corner.claims}/a`))?.metadata.annotations).toBeUndefined();
    await corner.api.patch(`${corner.claims}/a`, { metadata: { annotations: { [selectedNode]: 'n1' } } });
    const { metadata } = await corner.untilObject(
      `${corner.claims}/a`,
      'annotated',
      (object) => object.metadata.annotations?.[provisioner],
    );
    expect(metadata.annotations).toEqual({ [selectedNode]: 'n1', [betaProvisioner]: ours, [provisioner]: ours });
  });

  test.for<[what: string, spec: Json, event: string]>([
    [
      'whose class does not exist',
      { storageClassName: 'none-of-this-name' },
      'Warning ProvisioningFailed: storageclass.storage.k8s.io "none-of-this-name" not found',
    ],
    [
      'without a class',
      { storageClassName: '' },
      'Normal FailedBinding: no persistent volumes available for this claim and no storage class is set',
    ],
  ])('%s has an Event that says so', async ([, spec, event], { corner }) => {
    await makeClaim(corner, spec);
    await untilEvent(corner, event);
    expect((await corner.api.get(`${corner.claims}/a`))?.status).toEqual({ phase: 'Pending' });
  });

  test('of a provisioner that was built in once has an Event that there is none', async ({ corner }) => {
    await makeClaim(corner, {
      storageClassName: await makeClass(corner, { provisioner: 'kubernetes.io/no-provisioner' }),
    });
    await untilEvent(corner, 'Warning ProvisioningFailed: no volume plugin matched name: kubernetes.io/no-provisioner');
  });
});

test('a claim of the longest name has Events like any other', async ({ corner }) => {
  const name = 'a'.repeat(253);
  await corner.create(corner.claims, claim(name, { spec: { storageClassName: await makeClass(corner) } }));
  await until('there is an Event', async () => (await corner.eventsAbout(name)).includes(waitingFor(ours)));
});

describe('a claim that was provisioned for', () => {
  const makeBound = async (corner: Corner, changes: Json = {}) => {
    const object = await makeClaim(corner, { storageClassName: await makeClass(corner) });
    const volume = await provision(corner, object, changes);
    return { volume, claim: await untilPhase(corner, `${corner.claims}/a`, 'Bound') };
  };

  test('is bound to its volume', async ({ corner }) => {
    const { volume, claim } = await makeBound(corner);
    expect(claim.spec.volumeName).toBe(volume.metadata.name);
    expect(claim.metadata.annotations).toMatchObject({ [bindCompleted]: 'yes', [boundByController]: 'yes' });
    expect(claim.status).toMatchObject({ accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } });
    const bound = await untilPhase(corner, pathOf(volume), 'Bound');
    expect(bound.metadata.annotations).toEqual({ [provisionedBy]: ours });
    expect(bound.spec.claimRef).toEqual(volume.spec.claimRef);
  });

  test('is told of in this order', async ({ corner }) => {
    const storageClassName = await makeClass(corner);
    const seen = corner.watch(`${corner.claims}?watch=1&resourceVersion=0`);
    const object = await makeClaim(corner, { storageClassName });
    await provision(corner, object);
    await seen.untilEvent('the claim is bound', (event) => event.object.status.phase === 'Bound');
    const steps = seen.told.map(({ object: { spec, status, metadata } }) =>
      [spec.volumeName && 'volume', metadata.annotations?.[bindCompleted] && 'completed', status.phase]
        .filter(Boolean)
        .join(' '),
    );
    expect([...new Set(steps)]).toEqual(['Pending', 'volume completed Pending', 'volume completed Bound']);
  });

  // Earlier versions tell it nowhere.
  test.runIf(isSince('1.37'))('says whether a pod uses it', async ({ corner }) => {
    await makeBound(corner);
    const unused =
      (status: string) =>
      ({ status: { conditions } }: Json) =>
        conditions?.some((each: Json) => each.type === 'Unused' && each.status === status);
    await corner.untilObject(`${corner.claims}/a`, 'unused', unused('True'));
    await makePod(corner, {});
    await corner.untilObject(`${corner.claims}/a`, 'used', unused('False'));
  });

  test('stays while a pod on a node uses it, and leaves its volume released', async ({ corner }) => {
    const { volume } = await makeBound(corner);
    await makePod(corner, { nodeName: 'n1' });
    const deleted = await corner.api.delete(`${corner.claims}/a`);
    expect(deleted.metadata).toMatchObject({
      deletionTimestamp: expect.any(String),
      finalizers: ['kubernetes.io/pvc-protection'],
    });
    // Something that is done after the claim was looked at shows that it was kept.
    await corner.create(corner.claims, claim('b', { spec: { storageClassName: '' } }));
    await corner.api.delete(`${corner.claims}/b`);
    await corner.untilGone(`${corner.claims}/b`);
    expect(await corner.api.get(`${corner.claims}/a`)).toBeDefined();
    await corner.api.delete(`${corner.path('pods')}/pod`, { gracePeriodSeconds: 0 });
    await corner.untilGone(`${corner.claims}/a`);
    await untilPhase(corner, pathOf(volume), 'Released');
  });

  test.for(['Delete', 'Retain'])(
    'leaves its volume to the provisioner under policy %s',
    async (persistentVolumeReclaimPolicy, { corner }) => {
      const { volume } = await makeBound(corner, { persistentVolumeReclaimPolicy });
      await corner.api.delete(`${corner.claims}/a`);
      const released = await untilPhase(corner, pathOf(volume), 'Released');
      expect(released.spec.claimRef).toEqual(volume.spec.claimRef);
      expect(released.metadata.deletionTimestamp).toBeUndefined();
    },
  );

  test('lets its volume go in the order: marked, unprotected, gone', async ({ corner }) => {
    const { volume } = await makeBound(corner);
    await corner.api.delete(`${corner.claims}/a`);
    await untilPhase(corner, pathOf(volume), 'Released');
    const deleted = await corner.api.delete(pathOf(volume));
    expect(deleted.metadata.finalizers).toEqual([ourFinalizer, 'kubernetes.io/pv-protection']);
    await corner.untilObject(pathOf(volume), 'unprotected', ({ metadata }) => metadata.finalizers.length === 1);
    await corner.api.patch(pathOf(volume), { metadata: { finalizers: null } });
    await corner.untilGone(pathOf(volume));
  });

  test('protects its volume as long as it is bound', async ({ corner }) => {
    const { volume } = await makeBound(corner);
    await untilPhase(corner, pathOf(volume), 'Bound');
    await corner.api.delete(pathOf(volume));
    const marked = await corner.api.patch(pathOf(volume), {
      metadata: { finalizers: ['kubernetes.io/pv-protection'] },
    });
    expect(marked.metadata).toMatchObject({
      deletionTimestamp: expect.any(String),
      finalizers: ['kubernetes.io/pv-protection'],
    });
    await corner.api.delete(`${corner.claims}/a`);
    await corner.untilGone(pathOf(volume));
  });

  test('is lost when its volume vanishes', async ({ corner }) => {
    const { volume } = await makeBound(corner);
    await corner.api.delete(pathOf(volume));
    await corner.api.patch(pathOf(volume), { metadata: { finalizers: null } });
    const lost = await untilPhase(corner, `${corner.claims}/a`, 'Lost');
    expect([lost.status.capacity, lost.spec.volumeName]).toEqual([undefined, volume.metadata.name]);
    await untilEvent(
      corner,
      'Warning ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!',
    );
  });

  async function makePod(corner: Corner, spec: Json): Promise<void> {
    await corner.untilObject(`${corner.path('serviceaccounts')}/default`, 'there', () => true);
    await corner.create(corner.path('pods'), {
      metadata: { name: 'pod' },
      spec: {
        containers: [{ name: 'a', image: 'a' }],
        volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'a' } }],
        ...spec,
      },
    });
  }
});

describe('a volume for a claim', () => {
  test('of the same name but another UID is released', async ({ corner }) => {
    const storageClassName = await makeClass(corner);
    const { metadata } = await makeClaim(corner, { storageClassName });
    const volume = await provision(corner, {
      metadata: { ...metadata, uid: '11111111-1111-1111-1111-111111111111' },
      spec: { storageClassName },
    });
    await untilPhase(corner, pathOf(volume), 'Released');
    expect((await corner.api.get(`${corner.claims}/a`))?.status.phase).toBe('Pending');
  });

  test('that is gone already is released', async ({ corner }) => {
    const metadata = { namespace: corner.namespace, name: 'gone', uid: '11111111-1111-1111-1111-111111111111' };
    const volume = await provision(corner, { metadata, spec: { storageClassName: 'none' } });
    await untilPhase(corner, pathOf(volume), 'Released');
  });

  test('that is too small is not bound', async ({ corner }) => {
    const storageClassName = await makeClass(corner);
    const object = await makeClaim(corner, { storageClassName, resources: { requests: { storage: '5Gi' } } });
    const volume = await provision(corner, object);
    await untilEvent(corner, waitingFor(ours));
    expect((await corner.api.get(pathOf(volume)))?.status.phase).toBe('Pending');
  });
});

describe('a volume that an administrator made', () => {
  test('is available, and bound to a claim that it suits', async ({ corner }) => {
    const storageClassName = uniqueName('class');
    const volume = await offer(corner, storageClassName);
    await untilPhase(corner, pathOf(volume), 'Available');
    const { metadata } = await makeClaim(corner, { storageClassName });
    const bound = await untilPhase(corner, pathOf(volume), 'Bound');
    expect(bound.metadata.annotations).toEqual({ [boundByController]: 'yes' });
    expect(bound.spec.claimRef).toMatchObject({ kind: 'PersistentVolumeClaim', name: 'a', uid: metadata.uid });
    const { spec, metadata: claimed } = await untilPhase(corner, `${corner.claims}/a`, 'Bound');
    expect(spec.volumeName).toBe(volume.metadata.name);
    expect(claimed.annotations).toEqual({ [bindCompleted]: 'yes', [boundByController]: 'yes' });
  });

  test('is chosen by access modes first, then by size', async ({ corner }) => {
    const storageClassName = uniqueName('class');
    const modes = ['ReadWriteOnce', 'ReadOnlyMany'];
    const volumes = [
      await offer(corner, storageClassName, { capacity: { storage: '2Gi' } }),
      await offer(corner, storageClassName, { accessModes: modes, capacity: { storage: '1Gi' } }),
      await offer(corner, storageClassName, { capacity: { storage: '3Gi' } }),
      await offer(corner, storageClassName, { capacity: { storage: '1Ki' } }),
      await offer(corner, storageClassName, { volumeMode: 'Block', capacity: { storage: '1Gi' } }),
    ];
    for (const volume of volumes) await untilPhase(corner, pathOf(volume), 'Available');
    await makeClaim(corner, { storageClassName });
    const { spec } = await untilPhase(corner, `${corner.claims}/a`, 'Bound');
    expect(spec.volumeName).toBe(volumes[0]?.metadata.name);
  });

  test('is chosen by its labels when the claim has a selector', async ({ corner }) => {
    const storageClassName = uniqueName('class');
    const other = await offer(corner, storageClassName);
    const fast = await offer(corner, storageClassName, {}, { labels: { disk: 'fast' } });
    for (const volume of [other, fast]) await untilPhase(corner, pathOf(volume), 'Available');
    await makeClaim(corner, { storageClassName, selector: { matchLabels: { disk: 'fast' } } });
    const { spec } = await untilPhase(corner, `${corner.claims}/a`, 'Bound');
    expect(spec.volumeName).toBe(fast.metadata.name);
  });

  test('is bound to the claim that asks for it by name', async ({ corner }) => {
    const storageClassName = uniqueName('class');
    const volume = await offer(corner, storageClassName);
    await untilPhase(corner, pathOf(volume), 'Available');
    await makeClaim(corner, { storageClassName, volumeName: volume.metadata.name });
    const { metadata } = await untilPhase(corner, `${corner.claims}/a`, 'Bound');
    expect(metadata.annotations).toEqual({ [bindCompleted]: 'yes' });
  });

  test('is bound to the claim that it is reserved for', async ({ corner }) => {
    const storageClassName = uniqueName('class');
    const volume = await offer(corner, storageClassName, { claimRef: { namespace: corner.namespace, name: 'a' } });
    await untilPhase(corner, pathOf(volume), 'Available');
    const { metadata } = await makeClaim(corner, { storageClassName });
    const bound = await untilPhase(corner, pathOf(volume), 'Bound');
    expect(bound.spec.claimRef.uid).toBe(metadata.uid);
    expect(bound.metadata.annotations).toBeUndefined();
  });

  test('and that a claim asks for by name but that does not suit has an Event on the claim', async ({ corner }) => {
    const volume = await offer(corner, uniqueName('class'));
    await untilPhase(corner, pathOf(volume), 'Available');
    await makeClaim(corner, { storageClassName: uniqueName('class'), volumeName: volume.metadata.name });
    await untilEvent(
      corner,
      `Warning VolumeMismatch: Cannot bind to requested volume "${volume.metadata.name}": storageClassName does not match`,
    );
  });

  test('to be deleted, and that no deleter can delete, has failed', async ({ corner }) => {
    const storageClassName = uniqueName('class');
    const volume = await offer(corner, storageClassName, { persistentVolumeReclaimPolicy: 'Delete' });
    await untilPhase(corner, pathOf(volume), 'Available');
    await makeClaim(corner, { storageClassName });
    await untilPhase(corner, `${corner.claims}/a`, 'Bound');
    await corner.api.delete(`${corner.claims}/a`);
    const { status } = await untilPhase(corner, pathOf(volume), 'Failed');
    expect(status.message).toBe(`host_path deleter only supports /tmp/.+ but received provided ${hostPath.path}`);
  });
});

describe('the default class', () => {
  // A default class is everybody's, so this looks only at claims that name no class and are not stored.
  test('is given to a claim that names none, and not to one that wants none', async ({ corner }) => {
    const name = uniqueName('class');
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    await corner.create(classesPath, storageClass(name, { metadata: { annotations }, provisioner: ours }));
    const classOf = async (spec: Json) =>
      (await corner.send('POST', `${corner.claims}?dryRun=All`, claim('a', { spec }))).body.spec.storageClassName;
    await until('the class is the default', async () => (await classOf({})) === name);
    expect(await classOf({ storageClassName: '' })).toBe('');
  });
});
