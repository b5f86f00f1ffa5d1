import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { claim, storageClass, uniqueName } from '../support/build.ts';
import { type Corner, classesPath, test, volumesPath } from './corner.ts';

const affinity = (matchExpressions: Json[]) => ({ required: { nodeSelectorTerms: [{ matchExpressions }] } });

const volume = (spec: Json = {}, metadata: Json = {}) => ({
  metadata: { name: 'a', ...metadata },
  spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/var/x' }, ...spec },
});

/** The fields of an object that the server refuses, in its order, each with the reason. The words differ between versions. */
async function problemsOf(corner: Corner, path: string, object: Json): Promise<string[]> {
  const answer = await corner.send('POST', `${path}?dryRun=All`, object);
  return answer.status < 300 ? [] : refused(answer);
}

function refused({ status, body }: { status: number; body: Json }): string[] {
  if (status !== 422) return [`HTTP ${status}`];
  return body.details.causes.map(({ field, reason }: Json) => `${field}: ${reason.replace('FieldValue', '')}`);
}

describe('metadata of any object', () => {
  test.for<[what: string, metadata: Json, problem: string]>([
    ['no name', { name: '' }, 'metadata.name: Required'],
    ['a name in capitals', { name: 'A_b' }, 'metadata.name: Invalid'],
    ['a name of 254 letters', { name: 'a'.repeat(254) }, 'metadata.name: Invalid'],
    ['a key of an annotation with a space', { annotations: { 'b c': '' } }, 'metadata.annotations: Invalid'],
    ['300 KB of annotations', { annotations: { b: 'c'.repeat(300_000) } }, 'metadata.annotations: TooLong'],
    ['a key of a label with a space', { labels: { 'b c': 'd' } }, 'metadata.labels: Invalid'],
    ['a label with a space', { labels: { b: 'c d' } }, 'metadata.labels: Invalid'],
    ['a label of 64 letters', { labels: { b: 'c'.repeat(64) } }, 'metadata.labels: Invalid'],
    ['a finalizer without a domain', { finalizers: ['keep'] }, 'metadata.finalizers[0]: Invalid'],
    ['a finalizer with a space', { finalizers: ['b/c d'] }, 'metadata.finalizers: Invalid'],
  ])('%s is refused', async ([, metadata, problem], { corner }) => {
    const object = { metadata: { name: 'a', ...metadata } };
    expect(await problemsOf(corner, corner.configMaps, object)).toEqual([problem]);
  });

  test('keys of annotations may be in capitals', async ({ corner }) => {
    const annotations = { 'Example.COM/Key': 'v' };
    expect(await problemsOf(corner, corner.configMaps, { metadata: { name: 'a', annotations } })).toEqual([]);
  });

  test('a refusal is a Status of reason Invalid with all its causes', async ({ corner }) => {
    const { status, body } = await corner.send('POST', corner.claims, { metadata: { name: 'a' } });
    expect({ status, body }).toMatchObject({
      status: 422,
      body: { kind: 'Status', reason: 'Invalid', details: { name: 'a', kind: 'PersistentVolumeClaim' } },
    });
    expect(body.message).toMatch(/^PersistentVolumeClaim "a" is invalid: \[spec\.accessModes: Required value: /);
    expect(refused({ status, body })).toEqual(['spec.accessModes: Required', 'spec.resources[storage]: Required']);
  });
});

describe('a volume', () => {
  test.for<[what: string, spec: Json, ...problems: string[]]>([
    ['with no source', { hostPath: undefined }, 'spec: Required'],
    ['with two sources', { nfs: { server: 'a', path: '/b' } }, 'spec.nfs: Forbidden'],
    ['without capacity', { capacity: {} }, 'spec.capacity: Required', 'spec.capacity: NotSupported'],
    ['of no size', { capacity: { storage: '0' } }, 'spec.capacity[storage]: Invalid'],
    ['without access modes', { accessModes: [] }, 'spec.accessModes: Required'],
    ['with an access mode that does not exist', { accessModes: ['Bogus'] }, 'spec.accessModes: NotSupported'],
    [
      'with ReadWriteOncePod and another access mode',
      { accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] },
      'spec.accessModes: Forbidden',
    ],
    ['without a path', { hostPath: { path: '' } }, 'spec.hostPath.path: Required'],
    ['with .. in its path', { hostPath: { path: '/a/../b' } }, 'spec.hostPath.path: Invalid'],
    [
      'with a hostPath type that does not exist',
      { hostPath: { path: '/a', type: 'Bogus' } },
      'spec.hostPath.type: NotSupported',
    ],
    [
      'that is local and has no node affinity',
      { hostPath: undefined, local: { path: '/a/..' } },
      'spec.local.path: Invalid',
      'spec.nodeAffinity: Required',
    ],
    ['with an empty node affinity', { nodeAffinity: {} }, 'spec.nodeAffinity.required: Required'],
    [
      'with no term in its node affinity',
      { nodeAffinity: { required: { nodeSelectorTerms: [] } } },
      'spec.nodeAffinity.required.nodeSelectorTerms: Required',
    ],
    [
      'with a term that needs values',
      { nodeAffinity: affinity([{ key: 'a', operator: 'In' }]) },
      'spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values: Required',
    ],
    [
      'with a reclaim policy that does not exist',
      { persistentVolumeReclaimPolicy: 'Bogus' },
      'spec.persistentVolumeReclaimPolicy: NotSupported',
    ],
    ['with a volume mode that does not exist', { volumeMode: 'Bogus' }, 'spec.volumeMode: NotSupported'],
    ['with a class name in capitals', { storageClassName: 'Bad_Class' }, 'spec.storageClassName: Invalid'],
    ['with a capacity that is no quantity', { capacity: { storage: 'much' } }, 'HTTP 400'],
  ])('%s is refused', async ([, spec, ...problems], { corner }) => {
    expect(await problemsOf(corner, volumesPath, volume(spec))).toEqual(problems);
  });

  test('has its defaults filled in and is protected', async ({ corner }) => {
    const { metadata, spec, status } = await corner.create(volumesPath, {
      ...volume({}, { name: uniqueName('volume'), finalizers: ['example.com/mine'] }),
      status: { phase: 'Bound' },
    });
    expect(metadata.finalizers).toEqual(['example.com/mine', 'kubernetes.io/pv-protection']);
    expect(spec).toEqual({
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/var/x', type: '' },
      persistentVolumeReclaimPolicy: 'Retain',
      volumeMode: 'Filesystem',
    });
    expect(status).toEqual({ phase: 'Pending', lastPhaseTransitionTime: expect.any(String) });
  });

  test.for([
    ['1024Mi', '1Gi'],
    ['0.5Gi', '512Mi'],
    ['1500Mi', '1500Mi'],
    ['1000000k', '1G'],
    ['0.5', '500m'],
    ['1e3', '1e3'],
    ['512', '512'],
    ['0.5Ki', '512'],
    ['1025Ki', '1025Ki'],
  ] as const)('has its capacity of %s written as %s', async ([sent, written], { corner }) => {
    const answer = await corner.send('POST', `${volumesPath}?dryRun=All`, volume({ capacity: { storage: sent } }));
    expect(answer.body.spec.capacity).toEqual({ storage: written });
  });

  test.for<[what: string, spec: Json, problem: string | undefined]>([
    ['source', { hostPath: { path: '/elsewhere' } }, 'spec.persistentvolumesource: Forbidden'],
    ['volume mode', { volumeMode: 'Block' }, 'volumeMode: Invalid'],
    ['node affinity', { nodeAffinity: null }, 'nodeAffinity: Invalid'],
    ['reclaim policy', { persistentVolumeReclaimPolicy: 'Delete' }, undefined],
    ['capacity', { capacity: { storage: '2Gi' } }, undefined],
    ['class', { storageClassName: 'another' }, undefined],
  ])('has its %s changed, or not', async ([, spec, problem], { corner }) => {
    const nodeAffinity = affinity([{ key: 'a', operator: 'In', values: ['b'] }]);
    const name = uniqueName('volume');
    await corner.create(volumesPath, volume({ nodeAffinity }, { name }));
    const answer = await corner.send('PATCH', `${volumesPath}/${name}?dryRun=All`, { spec });
    if (problem === undefined) expect(answer.status).toBe(200);
    else expect(refused(answer)).toEqual([problem]);
  });

  test('and its status are changed apart', async ({ corner }) => {
    const name = uniqueName('volume');
    const path = `${volumesPath}/${name}`;
    const claimRef = { namespace: corner.namespace, name: 'reserved' };
    await corner.create(volumesPath, volume({ claimRef }, { name }));
    await corner.untilObject(path, 'available', ({ status }) => status.phase === 'Available');
    const main = await corner.api.patch(path, { status: { message: 'by the way' }, metadata: { labels: { a: 'b' } } });
    expect([main.status.message, main.metadata.labels]).toEqual([undefined, { a: 'b' }]);
    const status = await corner.api.patch(`${path}/status`, {
      status: { message: 'by its own way' },
      spec: { capacity: { storage: '9Gi' } },
      metadata: { annotations: { c: 'd' } },
    });
    expect(status).toMatchObject({
      status: { message: 'by its own way', phase: 'Available' },
      spec: { capacity: { storage: '1Gi' } },
      metadata: { annotations: { c: 'd' } },
    });
  });
});

describe('a claim', () => {
  test.for<[what: string, spec: Json, problem: string]>([
    ['without access modes', { accessModes: [] }, 'spec.accessModes: Required'],
    ['with an access mode that does not exist', { accessModes: ['X'] }, 'spec.accessModes: NotSupported'],
    ['without a size', { resources: { requests: null } }, 'spec.resources[storage]: Required'],
    ['of no size', { resources: { requests: { storage: '0' } } }, 'spec.resources[storage]: Invalid'],
    ['of less than no size', { resources: { requests: { storage: '-5' } } }, 'spec.resources[storage]: Invalid'],
    ['with a class name in capitals', { storageClassName: 'B_D' }, 'spec.storageClassName: Invalid'],
    ['with a volume mode that does not exist', { volumeMode: 'X' }, 'spec.volumeMode: NotSupported'],
    [
      'with a selector that lacks values',
      { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      'spec.selector.matchExpressions[0].values: Required',
    ],
  ])('%s is refused', async ([, spec, problem], { corner }) => {
    expect(await problemsOf(corner, corner.claims, claim('a', { spec }))).toEqual([problem]);
  });

  test('has its defaults filled in and is protected', async ({ corner }) => {
    const sent = claim('a', { spec: { storageClassName: '' }, status: { phase: 'Bound' } });
    const { metadata, spec, status } = await corner.create(corner.claims, sent);
    expect(metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
    expect(spec).toEqual({
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Mi' } },
      storageClassName: '',
      volumeMode: 'Filesystem',
    });
    expect(status).toEqual({ phase: 'Pending' });
  });

  test.for<{ what: string; sent: Json; kept: Json }>([
    {
      what: 'another claim',
      sent: { dataSource: { kind: 'PersistentVolumeClaim', name: 'b' } },
      kept: { apiGroup: null, kind: 'PersistentVolumeClaim', name: 'b' },
    },
    {
      what: 'a snapshot',
      sent: { dataSourceRef: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'b' } },
      kept: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'b' },
    },
    { what: 'nothing that is known', sent: { dataSource: { kind: 'Thing', name: 'b' } }, kept: undefined },
  ])('with $what as its source says so in both fields', async ({ sent, kept }, { corner }) => {
    const answer = await corner.send('POST', `${corner.claims}?dryRun=All`, claim('a', { spec: sent }));
    expect([answer.body.spec.dataSource, answer.body.spec.dataSourceRef]).toEqual([kept, kept]);
  });

  test('is replaced by itself, whatever its source', async ({ corner }) => {
    const dataSource = { kind: 'PersistentVolumeClaim', name: 'b' };
    const created = await corner.create(corner.claims, claim('a', { spec: { storageClassName: 'none', dataSource } }));
    const { resourceVersion: _, ...metadata } = created.metadata;
    expect((await corner.send('PUT', `${corner.claims}/a`, { ...created, metadata })).status).toBe(200);
  });

  test.for<[what: string, spec: Json, ...problems: string[]]>([
    ['access modes', { accessModes: ['ReadWriteMany'] }, 'spec: Forbidden'],
    ['size', { resources: { requests: { storage: '2Mi' } } }, 'spec: Forbidden'],
    ['class', { storageClassName: 'another' }, 'spec: Forbidden'],
    ['volume mode', { volumeMode: 'Block' }, 'spec: Forbidden', 'volumeMode: Invalid'],
    ['volume, once', { volumeName: 'mine' }],
  ])('that is pending has its %s changed, or not', async ([, spec, ...problems], { corner }) => {
    await corner.create(corner.claims, claim('a', { spec: { storageClassName: 'none' } }));
    const answer = await corner.send('PATCH', `${corner.claims}/a?dryRun=All`, { spec });
    if (problems.length === 0) expect(answer.status).toBe(200);
    else expect(refused(answer)).toEqual(problems);
  });
});

describe('a class', () => {
  test.for<[what: string, changes: Json, problem: string]>([
    ['with an empty provisioner', { provisioner: '' }, 'provisioner: Required'],
    ['with a space in its provisioner', { provisioner: 'b c' }, 'provisioner: Invalid'],
    ['with a provisioner of 64 letters', { provisioner: 'b'.repeat(64) }, 'provisioner: Invalid'],
    ['that recycles', { reclaimPolicy: 'Recycle' }, 'reclaimPolicy: NotSupported'],
    ['with a binding mode that does not exist', { volumeBindingMode: 'X' }, 'volumeBindingMode: NotSupported'],
    ['with a parameter without a name', { parameters: { '': 'b' } }, 'parameters: Invalid'],
    [
      'with a topology without values',
      { allowedTopologies: [{ matchLabelExpressions: [{ key: 'a', values: [] }] }] },
      'allowedTopologies[0].matchLabelExpressions[0].values: Required',
    ],
  ])('%s is refused', async ([, changes, problem], { corner }) => {
    expect(await problemsOf(corner, classesPath, storageClass('a', changes))).toEqual([problem]);
  });

  test.for(['reclaimPolicy', 'volumeBindingMode'])('has its %s filled in', async (field, { corner }) => {
    const { [field]: _, ...without } = storageClass('a');
    const answer = await corner.send('POST', `${classesPath}?dryRun=All`, without);
    expect(answer.body).toMatchObject({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' });
  });

  test.for<[field: string, value: Json, mayChange: boolean]>([
    ['provisioner', 'another', false],
    ['parameters', { a: 'c' }, false],
    ['reclaimPolicy', 'Retain', false],
    ['volumeBindingMode', 'WaitForFirstConsumer', false],
    ['allowVolumeExpansion', true, true],
    ['mountOptions', ['ro'], true],
  ])('has its %s changed, or not', async ([field, value, mayChange], { corner }) => {
    const name = uniqueName('class');
    await corner.create(classesPath, storageClass(name, { parameters: { a: 'b' } }));
    const answer = await corner.send('PATCH', `${classesPath}/${name}`, { [field]: value });
    if (mayChange) expect(answer.body[field]).toEqual(value);
    // Kubernetes 1.36 calls it Invalid, others Forbidden.
    else expect(refused(answer)).toEqual([expect.stringMatching(`^${field}: (Invalid|Forbidden)$`)]);
  });
});

describe('an Event', () => {
  const event = (changes: Json) => ({
    metadata: { name: 'a' },
    reason: 'Because',
    message: 'of this',
    ...changes,
  });

  test('has the fields written that it does not have', async ({ corner }) => {
    const involvedObject = { kind: 'PersistentVolumeClaim', namespace: corner.namespace, name: 'c' };
    const { metadata: _, ...fields } = await corner.create(corner.path('events'), event({ involvedObject }));
    expect(fields).toEqual({
      kind: 'Event',
      apiVersion: 'v1',
      involvedObject,
      reason: 'Because',
      message: 'of this',
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      eventTime: null,
      reportingComponent: '',
      reportingInstance: '',
    });
  });

  test('may have a longer name than others', async ({ corner }) => {
    const involvedObject = { kind: 'X', namespace: corner.namespace, name: 'c' };
    const object = event({ involvedObject, metadata: { name: `${'c'.repeat(253)}.17` } });
    expect(await problemsOf(corner, corner.path('events'), object)).toEqual([]);
  });

  test('about something in another namespace is refused', async ({ corner }) => {
    const object = event({ involvedObject: { kind: 'X', namespace: 'other', name: 'c' } });
    expect(await problemsOf(corner, corner.path('events'), object)).toEqual(['involvedObject.namespace: Invalid']);
  });

  test('about something in no namespace goes into the namespace default', async ({ corner }) => {
    const object = event({ involvedObject: { kind: 'PersistentVolume', name: 'v' } });
    expect(await problemsOf(corner, corner.path('events'), object)).toEqual(['involvedObject.namespace: Invalid']);
    expect(await problemsOf(corner, '/api/v1/namespaces/default/events', object)).toEqual([]);
  });

  test('with an eventTime says who reports what', async ({ corner }) => {
    const involvedObject = { kind: 'X', namespace: corner.namespace, name: 'c' };
    const object = event({ involvedObject, eventTime: '2026-01-01T00:00:00.000000Z' });
    expect(await problemsOf(corner, corner.path('events'), object)).toEqual([
      'reportingComponent: Required',
      'reportingComponent: Invalid',
      'reportingComponent: Invalid',
      'reportingInstance: Required',
      'action: Required',
    ]);
    const reported = { ...object, reportingComponent: 'example.com/me', reportingInstance: 'node', action: 'Doing' };
    expect(await problemsOf(corner, corner.path('events'), reported)).toEqual([]);
  });

  test('can be counted up', async ({ corner }) => {
    const involvedObject = { kind: 'X', namespace: corner.namespace, name: 'c' };
    await corner.create(corner.path('events'), event({ involvedObject, count: 1 }));
    const changes = { count: 2, lastTimestamp: '2026-01-01T00:00:00Z' };
    expect(await corner.api.patch(`${corner.path('events')}/a`, changes)).toMatchObject(changes);
  });
});
