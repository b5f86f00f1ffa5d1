import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { claim, storageClass, uniqueName } from '../support/build.ts';
import { type Corner, classesPath, statusOf, test, volumesPath } from './corner.ts';
import { since } from './since.ts';

const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const qualifiedRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const lengthRule = `must be no more than 63 ${since('1.35', 'bytes', 'characters')}`;
const accessModes = '"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"';

const affinity = (matchExpressions: Json[]) => ({ required: { nodeSelectorTerms: [{ matchExpressions }] } });

const volume = (spec: Json = {}, metadata: Json = {}) => ({
  metadata: { name: 'a', ...metadata },
  spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/var/x' }, ...spec },
});

/** What is wrong with an object, in the order in which the server tells it, each as `field: problem`. */
async function problemsOf(corner: Corner, path: string, object: Json): Promise<string[]> {
  const answer = await corner.send('POST', `${path}?dryRun=All`, object);
  if (answer.status < 300) return [];
  if (answer.status !== 422) return [`${answer.status} ${answer.body.message}`];
  const { causes } = answer.body.details;
  return causes.map((cause: Json) => `${cause.field}: ${cause.message}`);
}

describe('metadata of any object', () => {
  test.for<{ what: string; metadata: Json; problem: string }>([
    {
      what: 'no name',
      metadata: { name: '' },
      problem: 'metadata.name: Required value: name or generateName is required',
    },
    {
      what: 'a name in capitals',
      metadata: { name: 'A_b' },
      problem: `metadata.name: Invalid value: "A_b": ${subdomainRule}`,
    },
    {
      what: 'a name of 254 letters',
      metadata: { name: 'a'.repeat(254) },
      problem: `metadata.name: Invalid value: "${'a'.repeat(254)}": must be no more than 253 characters`,
    },
    {
      what: 'a key of an annotation with a space',
      metadata: { annotations: { 'b c': '' } },
      problem: `metadata.annotations: Invalid value: "b c": name part ${qualifiedRule}`,
    },
    {
      what: 'more than 256 KiB of annotations',
      metadata: { annotations: { b: 'c'.repeat(300_000) } },
      problem: 'metadata.annotations: Too long: may not be more than 262144 bytes',
    },
    {
      what: 'a key of a label with a space',
      metadata: { labels: { 'b c': 'd' } },
      problem: `metadata.labels: Invalid value: "b c": name part ${qualifiedRule}`,
    },
    {
      what: 'a label with a space',
      metadata: { labels: { b: 'c d' } },
      problem: `metadata.labels: Invalid value: "c d": ${labelValueRule}`,
    },
    {
      what: 'a label of 64 letters',
      metadata: { labels: { b: 'c'.repeat(64) } },
      problem: `metadata.labels: Invalid value: "${'c'.repeat(64)}": ${lengthRule}`,
    },
    {
      what: 'a finalizer without a domain',
      metadata: { finalizers: ['keep'] },
      problem:
        'metadata.finalizers[0]: Invalid value: "keep": name is neither a standard finalizer name nor is it fully qualified',
    },
    {
      what: 'a finalizer with a space',
      metadata: { finalizers: ['b/c d'] },
      problem: `metadata.finalizers: Invalid value: "b/c d": name part ${qualifiedRule}`,
    },
  ])('$what is refused', async ({ metadata, problem }, { corner }) => {
    const object = { metadata: { name: 'a', ...metadata } };
    expect(await problemsOf(corner, corner.configMaps, object)).toEqual([problem]);
  });

  test('keys of annotations may be in capitals', async ({ corner }) => {
    const annotations = { 'Example.COM/Key': 'v' };
    expect(await problemsOf(corner, corner.configMaps, { metadata: { name: 'a', annotations } })).toEqual([]);
  });

  test('a refusal is a Status of reason Invalid with all its causes', async ({ corner }) => {
    const answer = await corner.send('POST', corner.claims, { metadata: { name: 'a' } });
    expect(statusOf(answer)).toEqual({
      status: 422,
      reason: 'Invalid',
      message:
        'PersistentVolumeClaim "a" is invalid: [spec.accessModes: Required value: at least 1 access mode is required, spec.resources[storage]: Required value]',
      details: {
        name: 'a',
        kind: 'PersistentVolumeClaim',
        causes: [
          {
            reason: 'FieldValueRequired',
            message: 'Required value: at least 1 access mode is required',
            field: 'spec.accessModes',
          },
          { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.resources[storage]' },
        ],
      },
    });
  });
});

describe('a volume', () => {
  test.for<{ what: string; spec: Json; problems: string[] }>([
    {
      what: 'with no source',
      spec: { hostPath: undefined },
      problems: ['spec: Required value: must specify a volume type'],
    },
    {
      what: 'with two sources',
      spec: { nfs: { server: 'a', path: '/b' } },
      problems: ['spec.nfs: Forbidden: may not specify more than 1 volume type'],
    },
    {
      what: 'without capacity',
      spec: { capacity: {} },
      problems: [
        'spec.capacity: Required value',
        `spec.capacity: Unsupported value: ${since('1.34', '{}', 'core.ResourceList{}')}: supported values: "storage"`,
      ],
    },
    {
      what: 'of no size',
      spec: { capacity: { storage: '0' } },
      problems: ['spec.capacity[storage]: Invalid value: "0": must be greater than zero'],
    },
    { what: 'without access modes', spec: { accessModes: [] }, problems: ['spec.accessModes: Required value'] },
    {
      what: 'with an access mode that does not exist',
      spec: { accessModes: ['Bogus'] },
      problems: [`spec.accessModes: Unsupported value: "Bogus": supported values: ${accessModes}`],
    },
    {
      what: 'with ReadWriteOncePod and another access mode',
      spec: { accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] },
      problems: ['spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes'],
    },
    { what: 'without a path', spec: { hostPath: { path: '' } }, problems: ['spec.hostPath.path: Required value'] },
    {
      what: 'with .. in its path',
      spec: { hostPath: { path: '/a/../b' } },
      problems: ['spec.hostPath.path: Invalid value: "/a/../b": must not contain \'..\''],
    },
    {
      what: 'with a hostPath type that does not exist',
      spec: { hostPath: { path: '/a', type: 'Bogus' } },
      problems: [
        'spec.hostPath.type: Unsupported value: "Bogus": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
      ],
    },
    {
      what: 'that is local and has no node affinity',
      spec: { hostPath: undefined, local: { path: '/a/..' } },
      problems: [
        'spec.local.path: Invalid value: "/a/..": must not contain \'..\'',
        'spec.nodeAffinity: Required value: Local volume requires node affinity',
      ],
    },
    {
      what: 'with an empty node affinity',
      spec: { nodeAffinity: {} },
      problems: ['spec.nodeAffinity.required: Required value: must specify required node constraints'],
    },
    {
      what: 'with no term in its node affinity',
      spec: { nodeAffinity: { required: { nodeSelectorTerms: [] } } },
      problems: [
        'spec.nodeAffinity.required.nodeSelectorTerms: Required value: must have at least one node selector term',
      ],
    },
    {
      what: 'with a term that needs values',
      spec: { nodeAffinity: affinity([{ key: 'a', operator: 'In' }]) },
      problems: [
        "spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      ],
    },
    {
      what: 'with a reclaim policy that does not exist',
      spec: { persistentVolumeReclaimPolicy: 'Bogus' },
      problems: [
        'spec.persistentVolumeReclaimPolicy: Unsupported value: "Bogus": supported values: "Delete", "Recycle", "Retain"',
      ],
    },
    {
      what: 'with a volume mode that does not exist',
      spec: { volumeMode: 'Bogus' },
      problems: ['spec.volumeMode: Unsupported value: "Bogus": supported values: "Block", "Filesystem"'],
    },
    {
      what: 'with a class name in capitals',
      spec: { storageClassName: 'Bad_Class' },
      problems: [`spec.storageClassName: Invalid value: "Bad_Class": ${subdomainRule}`],
    },
    {
      what: 'with a capacity that is no quantity',
      spec: { capacity: { storage: 'much' } },
      problems: [
        '400 PersistentVolume in version "v1" cannot be handled as a PersistentVolume: quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\'',
      ],
    },
  ])('$what is refused', async ({ spec, problems }, { corner }) => {
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

  test.for<{ what: string; spec: Json; problem: string | undefined }>([
    {
      what: 'source',
      spec: { hostPath: { path: '/elsewhere' } },
      problem: 'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation',
    },
    {
      what: 'volume mode',
      spec: { volumeMode: 'Block' },
      problem: 'volumeMode: Invalid value: "Block": field is immutable',
    },
    {
      what: 'node affinity',
      spec: { nodeAffinity: null },
      problem: `nodeAffinity: Invalid value: ${since('1.34', 'null', '"null"')}: field is immutable, except for updating from beta label to GA`,
    },
    { what: 'reclaim policy', spec: { persistentVolumeReclaimPolicy: 'Delete' }, problem: undefined },
    { what: 'capacity', spec: { capacity: { storage: '2Gi' } }, problem: undefined },
    { what: 'class', spec: { storageClassName: 'another' }, problem: undefined },
  ])('has its $what changed, or not', async ({ spec, problem }, { corner }) => {
    const nodeAffinity = affinity([{ key: 'a', operator: 'In', values: ['b'] }]);
    const name = uniqueName('volume');
    await corner.create(volumesPath, volume({ nodeAffinity }, { name }));
    const answer = await corner.send('PATCH', `${volumesPath}/${name}?dryRun=All`, { spec });
    if (problem === undefined) expect(answer.status).toBe(200);
    else
      expect(statusOf(answer)).toMatchObject({
        status: 422,
        message: `PersistentVolume "${name}" is invalid: ${problem}`,
      });
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
  test.for<{ what: string; spec: Json; problems: string[] }>([
    {
      what: 'without access modes',
      spec: { accessModes: [] },
      problems: ['spec.accessModes: Required value: at least 1 access mode is required'],
    },
    {
      what: 'with an access mode that does not exist',
      spec: { accessModes: ['X'] },
      problems: [`spec.accessModes: Unsupported value: "X": supported values: ${accessModes}`],
    },
    {
      what: 'without a size',
      spec: { resources: { requests: null } },
      problems: ['spec.resources[storage]: Required value'],
    },
    {
      what: 'of no size',
      spec: { resources: { requests: { storage: '0' } } },
      problems: ['spec.resources[storage]: Invalid value: "0": must be greater than zero'],
    },
    {
      what: 'of less than no size',
      spec: { resources: { requests: { storage: '-5' } } },
      problems: ['spec.resources[storage]: Invalid value: "-5": must be greater than zero'],
    },
    {
      what: 'with a class name in capitals',
      spec: { storageClassName: 'B_D' },
      problems: [`spec.storageClassName: Invalid value: "B_D": ${subdomainRule}`],
    },
    {
      what: 'with a volume mode that does not exist',
      spec: { volumeMode: 'X' },
      problems: ['spec.volumeMode: Unsupported value: "X": supported values: "Block", "Filesystem"'],
    },
    {
      what: 'with a selector that lacks values',
      spec: { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      problems: [
        "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      ],
    },
  ])('$what is refused', async ({ spec, problems }, { corner }) => {
    expect(await problemsOf(corner, corner.claims, claim('a', { spec }))).toEqual(problems);
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

  const immutable =
    'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
  test.for<{ what: string; spec: Json; problem: string | undefined }>([
    { what: 'access modes', spec: { accessModes: ['ReadWriteMany'] }, problem: immutable },
    { what: 'size', spec: { resources: { requests: { storage: '2Mi' } } }, problem: immutable },
    { what: 'class', spec: { storageClassName: 'another' }, problem: immutable },
    { what: 'volume mode', spec: { volumeMode: 'Block' }, problem: `[${immutable}` },
    { what: 'volume, once', spec: { volumeName: 'mine' }, problem: undefined },
  ])('that is pending has its $what changed, or not', async ({ spec, problem }, { corner }) => {
    await corner.create(corner.claims, claim('a', { spec: { storageClassName: 'none' } }));
    const answer = await corner.send('PATCH', `${corner.claims}/a?dryRun=All`, { spec });
    if (problem === undefined) expect(answer.status).toBe(200);
    else expect(statusOf(answer)).toMatchObject({ status: 422, message: expect.stringContaining(problem) });
  });
});

describe('a class', () => {
  const without = (field: string) =>
    Object.fromEntries(Object.entries(storageClass('a')).filter(([key]) => key !== field));

  test.for<{ what: string; changes: Json; problems: string[] }>([
    { what: 'with an empty provisioner', changes: { provisioner: '' }, problems: ['provisioner: Required value'] },
    {
      what: 'with a space in its provisioner',
      changes: { provisioner: 'b c' },
      problems: [`provisioner: Invalid value: "b c": name part ${qualifiedRule}`],
    },
    {
      what: 'with a provisioner of 64 letters',
      changes: { provisioner: 'b'.repeat(64) },
      problems: [`provisioner: Invalid value: "${'b'.repeat(64)}": name part ${lengthRule}`],
    },
    {
      what: 'that recycles',
      changes: { reclaimPolicy: 'Recycle' },
      problems: ['reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"'],
    },
    {
      what: 'with a binding mode that does not exist',
      changes: { volumeBindingMode: 'X' },
      problems: ['volumeBindingMode: Unsupported value: "X": supported values: "Immediate", "WaitForFirstConsumer"'],
    },
    {
      what: 'with a parameter without a name',
      changes: { parameters: { '': 'b' } },
      problems: ['parameters: Invalid value: "": field can not be empty.'],
    },
    {
      what: 'with a topology without values',
      changes: { allowedTopologies: [{ matchLabelExpressions: [{ key: 'a', values: [] }] }] },
      problems: ['allowedTopologies[0].matchLabelExpressions[0].values: Required value'],
    },
  ])('$what is refused', async ({ changes, problems }, { corner }) => {
    expect(await problemsOf(corner, classesPath, storageClass('a', changes))).toEqual(problems);
  });

  test.for(['reclaimPolicy', 'volumeBindingMode'])('has its %s filled in', async (field, { corner }) => {
    const answer = await corner.send('POST', `${classesPath}?dryRun=All`, without(field));
    expect(answer.body).toMatchObject({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' });
  });

  const immutable = (field: string, before: string) =>
    `${field}: ${since('1.36', 'Invalid value: null: field is immutable', before)}`;
  const forbidden = (field: string) => immutable(field, `Forbidden: updates to ${field} are forbidden.`);
  test.for<{ field: string; value: Json; problem: string | undefined }>([
    { field: 'provisioner', value: 'another', problem: forbidden('provisioner') },
    { field: 'parameters', value: { a: 'c' }, problem: forbidden('parameters') },
    { field: 'reclaimPolicy', value: 'Retain', problem: forbidden('reclaimPolicy') },
    {
      field: 'volumeBindingMode',
      value: 'WaitForFirstConsumer',
      problem: immutable('volumeBindingMode', 'Invalid value: "WaitForFirstConsumer": field is immutable'),
    },
    { field: 'allowVolumeExpansion', value: true, problem: undefined },
    { field: 'mountOptions', value: ['ro'], problem: undefined },
  ])('has its $field changed, or not', async ({ field, value, problem }, { corner }) => {
    const name = uniqueName('class');
    await corner.create(classesPath, storageClass(name, { parameters: { a: 'b' } }));
    const answer = await corner.send('PATCH', `${classesPath}/${name}`, { [field]: value });
    if (problem === undefined) expect(answer.body[field]).toEqual(value);
    else
      expect(statusOf(answer)).toMatchObject({
        status: 422,
        message: `StorageClass.storage.k8s.io "${name}" is invalid: ${problem}`,
      });
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
    expect(await problemsOf(corner, corner.path('events'), object)).toEqual([
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ]);
  });

  test('about something in no namespace goes into the namespace default', async ({ corner }) => {
    const object = event({ involvedObject: { kind: 'PersistentVolume', name: 'v' } });
    expect(await problemsOf(corner, corner.path('events'), object)).toEqual([
      'involvedObject.namespace: Invalid value: "": does not match event.namespace',
    ]);
    expect(await problemsOf(corner, '/api/v1/namespaces/default/events', object)).toEqual([]);
  });

  test('with an eventTime says who reports what', async ({ corner }) => {
    const involvedObject = { kind: 'X', namespace: corner.namespace, name: 'c' };
    const object = event({ involvedObject, eventTime: '2026-01-01T00:00:00.000000Z' });
    expect(await problemsOf(corner, corner.path('events'), object)).toEqual([
      'reportingComponent: Required value',
      'reportingComponent: Invalid value: "": name part must be non-empty',
      `reportingComponent: Invalid value: "": name part ${qualifiedRule}`,
      'reportingInstance: Required value',
      'action: Required value',
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
