import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { uniqueName } from '../support/build.ts';
import { type Corner, patchTypes, statusOf, test, volumesPath } from './corner.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const otherUid = '11111111-1111-1111-1111-111111111111';

describe('creating', () => {
  test('sets what only the server may set', async ({ corner }) => {
    const created = await corner.create(corner.configMaps, {
      metadata: {
        name: 'a',
        uid: 'mine',
        creationTimestamp: '2020-01-01T00:00:00Z',
        deletionTimestamp: '2020-01-01T00:00:00Z',
        labels: {},
      },
      data: { k: 'v' },
    });
    expect(created).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { k: 'v' } });
    const { managedFields: _, ...metadata } = created.metadata;
    expect(metadata).toEqual({
      name: 'a',
      namespace: corner.namespace,
      uid: expect.stringMatching(uuid),
      resourceVersion: expect.stringMatching(/^[0-9]+$/),
      creationTimestamp: expect.stringMatching(/^202[6-9]-.*:[0-9]{2}Z$/),
    });
  });

  test('makes a name of five more letters from generateName', async ({ corner }) => {
    const { metadata } = await corner.create(corner.configMaps, { metadata: { generateName: 'made-' } });
    expect(metadata.name).toMatch(/^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(metadata.generateName).toBe('made-');
  });

  test('ignores the namespace of an object that has none', async ({ corner }) => {
    const created = await corner.create(volumesPath, {
      metadata: { name: uniqueName('volume'), namespace: corner.namespace },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/var/x' } },
    });
    expect(created.metadata.namespace).toBeUndefined();
  });

  test('with dryRun answers as if it had been done, and does nothing', async ({ corner }) => {
    const answer = await corner.send('POST', `${corner.configMaps}?dryRun=All`, { metadata: { name: 'dry' } });
    expect(answer.status).toBe(201);
    expect(answer.body.metadata).toMatchObject({ name: 'dry', uid: expect.stringMatching(uuid) });
    expect(answer.body.metadata.resourceVersion).toBeUndefined();
    expect(await corner.api.get(`${corner.configMaps}/dry`)).toBeUndefined();
  });

  test('with a dryRun that does not exist is refused with 422', async ({ corner }) => {
    const answer = await corner.send('POST', `${corner.configMaps}?dryRun=Some`, { metadata: { name: 'dry' } });
    expect(statusOf(answer)).toMatchObject({
      status: 422,
      details: { group: 'meta.k8s.io', kind: 'CreateOptions' },
    });
  });

  test('an object that exists is refused with 409 AlreadyExists', async ({ corner }) => {
    await corner.create(corner.configMaps, { metadata: { name: 'a' } });
    expect(statusOf(await corner.send('POST', corner.configMaps, { metadata: { name: 'a' } }))).toEqual({
      status: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "a" already exists',
      details: { name: 'a', kind: 'configmaps' },
    });
  });

  test('in a namespace that does not exist is refused with 404', async ({ corner }) => {
    const namespace = uniqueName('nowhere');
    const answer = await corner.send('POST', `/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: 'a' } });
    expect(statusOf(answer)).toEqual({
      status: 404,
      reason: 'NotFound',
      message: `namespaces "${namespace}" not found`,
      details: { name: namespace, kind: 'namespaces' },
    });
  });

  test.for<[what: string, body: Json, status: number, reason?: string]>([
    ['an object of another namespace', { metadata: { name: 'a', namespace: 'other' } }, 400, 'BadRequest'],
    ['an object of another kind', { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a' } }, 400, 'BadRequest'],
    [
      'an object of another version',
      { kind: 'ConfigMap', apiVersion: 'v2', metadata: { name: 'a' } },
      400,
      'BadRequest',
    ],
    ['an object with a resourceVersion', { metadata: { name: 'a', resourceVersion: '1' } }, 500],
    ['a field of the wrong type', { metadata: { name: 5 } }, 400, 'BadRequest'],
    ['an empty body', undefined, 400, 'BadRequest'],
  ])('refuses %s', async ([, body, status, reason], { corner }) => {
    const answer = await corner.send('POST', corner.configMaps, body);
    expect(answer.body).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status });
    expect(answer.body.reason).toBe(reason);
  });

  test.for([
    {
      mode: 'Strict',
      status: 400,
      message: /strict decoding error: unknown field "metadata.bog", unknown field "spec.bogus"$/,
    },
    { mode: 'Ignore', status: 201, message: undefined },
  ])('a claim with unknown fields is answered with $status under fieldValidation=$mode', async (row, { corner }) => {
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } }, bogus: 1 };
    const body = { metadata: { name: 'a', bog: 1 }, spec };
    const answer = await corner.send('POST', `${corner.claims}?dryRun=All&fieldValidation=${row.mode}`, body);
    expect(answer.status).toBe(row.status);
    if (row.message) expect(answer.body.message).toMatch(row.message);
    else expect(answer.body.spec.bogus).toBeUndefined();
  });

  test('warns of unknown fields and leaves them out', async ({ corner }) => {
    const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } }, bogus: 1 };
    const answer = await corner.send('POST', `${corner.claims}?dryRun=All`, { metadata: { name: 'a' }, spec });
    expect([answer.headers.warning].flat()).toEqual(['299 - "unknown field \\"spec.bogus\\""']);
    expect(answer.body.spec.bogus).toBeUndefined();
  });
});

describe('reading', () => {
  test('an object that is missing is answered with 404', async ({ corner }) => {
    expect(statusOf(await corner.send('GET', `${corner.configMaps}/none`))).toEqual({
      status: 404,
      reason: 'NotFound',
      message: 'configmaps "none" not found',
      details: { name: 'none', kind: 'configmaps' },
    });
  });

  test('a class that is missing is named with its group', async ({ corner }) => {
    expect(statusOf(await corner.send('GET', '/apis/storage.k8s.io/v1/storageclasses/none'))).toEqual({
      status: 404,
      reason: 'NotFound',
      message: 'storageclasses.storage.k8s.io "none" not found',
      details: { name: 'none', group: 'storage.k8s.io', kind: 'storageclasses' },
    });
  });

  test('a resource that is not served is answered with 404 and says nothing of it', async ({ corner }) => {
    const expected = {
      status: 404,
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
      details: {},
    };
    expect(statusOf(await corner.send('GET', corner.path('nosuchthings')))).toEqual(expected);
    expect(statusOf(await corner.send('GET', '/apis/coordination.k8s.io/v9/leases'))).toEqual(expected);
  });

  test('a group that is not served is answered with 404 in plain text', async ({ corner }) => {
    const answer = await corner.send('GET', '/apis/nosuch.example/v1/things');
    expect([answer.status, answer.body]).toEqual([404, '404 page not found\n']);
  });

  test('a state of the future is answered with 504', async ({ corner }) => {
    await corner.create(corner.configMaps, { metadata: { name: 'a' } });
    const answer = await corner.send('GET', `${corner.configMaps}/a?resourceVersion=999999999`);
    expect(answer.body).toMatchObject({
      code: 504,
      reason: 'Timeout',
      message: expect.stringMatching(/^Timeout: Too large resource version: 999999999, current: [0-9]+$/),
      details: {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      },
    });
  });
});

describe('replacing', () => {
  const replace = async (corner: Corner, change: (object: Json) => Json) => {
    const object = await corner.create(corner.configMaps, { metadata: { name: 'a' }, data: { k: 'v' } });
    return { object, answer: await corner.send('PUT', `${corner.configMaps}/a`, change(structuredClone(object))) };
  };
  const conflict = (message: string) => ({
    status: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on configmaps "a": ${message}`,
    details: { name: 'a', kind: 'configmaps' },
  });

  test('with the current resourceVersion makes a newer one', async ({ corner }) => {
    const { object, answer } = await replace(corner, (each) => ({ ...each, data: { k: 'w' } }));
    expect([answer.status, answer.body.data]).toEqual([200, { k: 'w' }]);
    expect(Number(answer.body.metadata.resourceVersion)).toBeGreaterThan(Number(object.metadata.resourceVersion));
  });

  test('without a resourceVersion overwrites, and keeps what only the server sets', async ({ corner }) => {
    const { object, answer } = await replace(corner, () => ({ metadata: { name: 'a' } }));
    expect([answer.status, answer.body.data]).toEqual([200, undefined]);
    const { uid, creationTimestamp } = object.metadata;
    expect(answer.body.metadata).toMatchObject({ uid, creationTimestamp });
  });

  test('by the same changes nothing, not even the resourceVersion', async ({ corner }) => {
    const { object, answer } = await replace(corner, (each) => each);
    expect([answer.status, answer.body.metadata.resourceVersion]).toEqual([200, object.metadata.resourceVersion]);
  });

  test('with an old resourceVersion is refused with 409 Conflict', async ({ corner }) => {
    const { answer } = await replace(corner, () => ({ metadata: { name: 'a', resourceVersion: '1' } }));
    const message = 'the object has been modified; please apply your changes to the latest version and try again';
    expect(statusOf(answer)).toEqual(conflict(message));
  });

  test('an object of another UID is refused with 409 Conflict', async ({ corner }) => {
    const { object, answer } = await replace(corner, () => ({ metadata: { name: 'a', uid: otherUid } }));
    const key = `/registry/configmaps/${corner.namespace}/a`;
    const uids = `UID in precondition: ${otherUid}, UID in object meta: ${object.metadata.uid}`;
    const message = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${uids}`;
    expect(statusOf(answer)).toEqual(conflict(message));
  });

  test('under another name is refused with 400', async ({ corner }) => {
    const { answer } = await replace(corner, () => ({ metadata: { name: 'b' } }));
    expect(answer.body).toMatchObject({
      code: 400,
      message: 'the name of the object (b) does not match the name on the URL (a)',
    });
  });

  test('an object that is missing is answered with 404', async ({ corner }) => {
    const answer = await corner.send('PUT', `${corner.configMaps}/none`, { metadata: { name: 'none' } });
    expect(statusOf(answer)).toMatchObject({ status: 404, message: 'configmaps "none" not found' });
  });

  test('creates a lease that is missing, and wants the resourceVersion of one that is there', async ({ corner }) => {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${corner.namespace}/leases/a`;
    const lease = { metadata: { name: 'a' }, spec: { holderIdentity: 'me' } };
    expect((await corner.send('PUT', path, lease)).status).toBe(201);
    expect(statusOf(await corner.send('PUT', path, lease))).toMatchObject({
      status: 422,
      reason: 'Invalid',
    });
  });
});

describe('patching', () => {
  test.for<{ type: keyof typeof patchTypes; patch: Json; data: Json }>([
    { type: 'merge', patch: { data: { b: '2', a: null } }, data: { b: '2' } },
    { type: 'strategic', patch: { data: { b: '2', a: null } }, data: { b: '2' } },
    { type: 'json', patch: [{ op: 'add', path: '/data/b', value: '2' }], data: { a: '1', b: '2' } },
    { type: 'json', patch: [{ op: 'move', from: '/data/a', path: '/data/b' }], data: { b: '1' } },
    { type: 'json', patch: [{ op: 'copy', from: '/data/a', path: '/data/b' }], data: { a: '1', b: '1' } },
    {
      type: 'json',
      patch: [
        { op: 'test', path: '/data/a', value: '1' },
        { op: 'replace', path: '/data/a', value: '2' },
      ],
      data: { a: '2' },
    },
  ])('by $type patch $patch', async ({ type, patch, data }, { corner }) => {
    await corner.create(corner.configMaps, { metadata: { name: 'a' }, data: { a: '1' } });
    const answer = await corner.send('PATCH', `${corner.configMaps}/a`, patch, patchTypes[type]);
    expect([answer.status, answer.body.data]).toEqual([200, data]);
  });

  test.for<{ what: string; patch: Json }>([
    { what: 'a test that fails', patch: [{ op: 'test', path: '/data/a', value: '9' }] },
    { what: 'removing what is not there', patch: [{ op: 'remove', path: '/data/z' }] },
    { what: 'replacing what is not there', patch: [{ op: 'replace', path: '/data/z/y', value: '1' }] },
  ])('a JSON patch with $what is refused with 422', async ({ patch }, { corner }) => {
    await corner.create(corner.configMaps, { metadata: { name: 'a' }, data: { a: '1' } });
    expect(statusOf(await corner.send('PATCH', `${corner.configMaps}/a`, patch, patchTypes.json))).toEqual({
      status: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
      details: {},
    });
  });

  test('finalizers are a set to a strategic patch and a list to a merge patch', async ({ corner }) => {
    const path = `${corner.configMaps}/a`;
    await corner.create(corner.configMaps, { metadata: { name: 'a', finalizers: ['example.com/a'] } });
    const patch = async (finalizers: Json, type: keyof typeof patchTypes) =>
      (await corner.send('PATCH', path, { metadata: finalizers }, patchTypes[type])).body.metadata.finalizers;
    expect(await patch({ finalizers: ['example.com/b'] }, 'strategic')).toEqual(['example.com/b', 'example.com/a']);
    expect(await patch({ '$deleteFromPrimitiveList/finalizers': ['example.com/a'] }, 'strategic')).toEqual([
      'example.com/b',
    ]);
    expect(await patch({ finalizers: ['example.com/c'] }, 'merge')).toEqual(['example.com/c']);
  });

  test.for<{ what: string; patch: Json; status: number; message: string }>([
    {
      what: 'an old resourceVersion',
      patch: { metadata: { resourceVersion: '1' } },
      status: 409,
      message:
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    },
    {
      what: 'another UID',
      patch: { metadata: { uid: 'other' } },
      status: 422,
      message: 'ConfigMap "a" is invalid: metadata.uid: Invalid value: "other": field is immutable',
    },
    {
      what: 'another name',
      patch: { metadata: { name: 'b' } },
      status: 400,
      message: 'the name of the object (b) does not match the name on the URL (a)',
    },
  ])('with $what is refused with $status', async ({ patch, status, message }, { corner }) => {
    await corner.create(corner.configMaps, { metadata: { name: 'a' } });
    const answer = await corner.send('PATCH', `${corner.configMaps}/a`, patch);
    expect(statusOf(answer)).toMatchObject({ status, message });
  });

  test('an object that is missing is answered with 404', async ({ corner }) => {
    const answer = await corner.send('PATCH', `${corner.configMaps}/none`, { data: {} });
    expect(statusOf(answer)).toMatchObject({ status: 404, message: 'configmaps "none" not found' });
  });

  test('a body that is no patch is refused with 415', async ({ corner }) => {
    await corner.create(corner.configMaps, { metadata: { name: 'a' } });
    const answer = await corner.send('PATCH', `${corner.configMaps}/a`, {}, { 'content-type': 'application/json' });
    expect(statusOf(answer)).toMatchObject({ status: 415, message: '415: Unsupported Media Type' });
  });

  test('with dryRun changes nothing', async ({ corner }) => {
    await corner.create(corner.configMaps, { metadata: { name: 'a' }, data: { a: '1' } });
    const answer = await corner.send('PATCH', `${corner.configMaps}/a?dryRun=All`, { data: { a: '2' } });
    expect([answer.status, answer.body.data]).toEqual([200, { a: '2' }]);
    expect((await corner.api.get(`${corner.configMaps}/a`))?.data).toEqual({ a: '1' });
  });
});

describe('a method that an address does not know', () => {
  test.for([
    { method: 'PUT', name: '' },
    { method: 'PATCH', name: '' },
    { method: 'POST', name: '/a' },
  ])('$method on configmaps$name is answered with 405', async ({ method, name }, { corner }) => {
    expect(statusOf(await corner.send(method, corner.configMaps + name, {}))).toEqual({
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
      details: {},
    });
  });
});
