import { describe, expect, test } from 'vitest';
import { createKubeApi } from '../../../../src/kube/calls/client.ts';
import type { EndedCall } from '../../../../src/kube/calls/concurrency-limit.ts';
import { ApiError, type KubeApi } from '../../../../src/kube/calls/kube-api.ts';
import type { EventObject, MetadataObject, PersistentVolumeObject } from '../../../../src/model/kubernetes.ts';
import {
  inTurn,
  json,
  part,
  type Reply,
  reset,
  ScriptedServer,
  silence,
  status,
  text,
} from '../../../support/scripted-server.ts';
import { connectTo } from '../scripted-connection.ts';

const ourFinalizer = 'external-provisioner.volume.kubernetes.io/finalizer';

const volume: PersistentVolumeObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'pvc-1', uid: 'u-1', resourceVersion: '7', finalizers: ['kubernetes.io/pv-protection'] },
};

/** Where an answer comes. */
const patientMs = 10_000;

/** A server that answers with these replies, one for each request, the last one for all others; and a client of it. */
const clientOf = (...replies: Reply[]) => clientWithin(patientMs, ...replies);

async function clientWithin(timeoutMs: number, ...replies: Reply[]) {
  const left = [...replies];
  const server = await ScriptedServer.start(() => (left.length > 1 ? left.shift() : left[0]) ?? silence);
  const connection = await connectTo(server);
  return {
    server,
    api: createKubeApi(connection, { timeoutMs }),
    async [Symbol.asyncDispose]() {
      await connection.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function errorOf(work: Promise<unknown>): Promise<ApiError> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

describe('a call', () => {
  test('reads a claim as it travels', async () => {
    const claim = {
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', creationTimestamp: '2026-01-01T00:00:00Z' },
    };
    await using client = await clientOf(json(200, claim));
    expect(await client.api.readClaim('team a', 'data')).toEqual(claim);
    expect(client.server.requests[0]).toMatchObject({
      method: 'GET',
      path: '/api/v1/namespaces/team%20a/persistentvolumeclaims/data',
    });
  });

  test.each<[string, (api: KubeApi) => Promise<unknown>]>([
    ['claim', (api) => api.readClaim('default', 'data')],
    ['volume', (api) => api.readVolume('pvc-1')],
    ['class', (api) => api.readClass('fast')],
    ['node', (api) => api.readNode('node-a')],
  ])('answers undefined for a %s that does not exist', async (_, read) => {
    await using client = await clientOf(status(404, 'NotFound', 'not found'));
    expect(await read(client.api)).toBeUndefined();
  });

  test('creates a volume', async () => {
    await using client = await clientOf(json(201, volume));
    await client.api.createVolume(volume);
    const [request] = client.server.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/api/v1/persistentvolumes' });
    expect(request?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(request?.body ?? '')).toEqual(volume);
  });

  test('deletes only the version of the volume that was read', async () => {
    await using client = await clientOf(json(200, { kind: 'Status', status: 'Success' }));
    await client.api.deleteVolume(volume);
    const [request] = client.server.requests;
    expect(request).toMatchObject({ method: 'DELETE', path: '/api/v1/persistentvolumes/pvc-1' });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy: 'Background',
      preconditions: { uid: 'u-1', resourceVersion: '7' },
    });
  });

  test('deleting a volume that stays for its finalizers is done', async () => {
    await using client = await clientOf(json(200, volume));
    expect(await client.api.deleteVolume(volume)).toBeUndefined();
  });

  test('takes the selected node off only the version of the claim that was read', async () => {
    const annotations = { 'volume.kubernetes.io/selected-node': 'node-a', other: 'x' };
    const claim = { metadata: { namespace: 'team-a', name: 'data', uid: 'u-2', resourceVersion: '8', annotations } };
    await using client = await clientOf(json(200, claim));
    await client.api.giveNodeBack(claim);
    const [request] = client.server.requests;
    const path = '/api/v1/namespaces/team-a/persistentvolumeclaims/data';
    expect(request).toMatchObject({ method: 'PATCH', path });
    expect(request?.headers['content-type']).toBe('application/json-patch+json');
    expect(JSON.parse(request?.body ?? '')).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'u-2' },
      { op: 'test', path: '/metadata/resourceVersion', value: '8' },
      { op: 'test', path: '/metadata/annotations/volume.kubernetes.io~1selected-node', value: 'node-a' },
      { op: 'remove', path: '/metadata/annotations/volume.kubernetes.io~1selected-node' },
    ]);
  });

  test('taking the selected node off a claim that has changed is a conflict', async () => {
    await using client = await clientOf(status(422, 'Invalid', 'the server rejected our request'));
    expect(await errorOf(client.api.giveNodeBack({ metadata: {} }))).toMatchObject({ reason: 'Conflict' });
  });

  test.each([
    ['one node', [{ metadata: { name: 'a' } }], false],
    ['two nodes', [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }], true],
  ])('asks for the metadata of two nodes at most to know whether there are several: %s', async (_, items, several) => {
    await using client = await clientOf(json(200, { metadata: {}, items }));
    expect(await client.api.hasSeveralNodes()).toBe(several);
    const [request] = client.server.requests;
    expect(request?.query.get('limit')).toBe('2');
    expect(request?.headers.accept).toContain('as=PartialObjectMetadataList');
  });

  test('knows a node that exists from one that does not', async () => {
    await using client = await clientOf(json(200, { metadata: {} }), status(404, 'NotFound', 'not found'));
    expect([await client.api.readNode('node-a'), await client.api.readNode('node-b')]).toEqual([
      expect.anything(),
      undefined,
    ]);
    expect(client.server.requests[0]).toMatchObject({ method: 'GET', path: '/api/v1/nodes/node-a' });
  });

  test('labels a volume, and names nothing else', async () => {
    await using client = await clientOf(json(200, volume));
    await client.api.labelVolume(volume, { labels: { 'hostpath-provisioner/node': 'node-a' } });
    const [request] = client.server.requests;
    expect(request).toMatchObject({ method: 'PATCH', path: '/api/v1/persistentvolumes/pvc-1' });
    expect(request?.headers['content-type']).toBe('application/strategic-merge-patch+json');
    expect(JSON.parse(request?.body ?? '')).toEqual({
      metadata: { uid: 'u-1', labels: { 'hostpath-provisioner/node': 'node-a' } },
    });
  });

  const lists: [string, string, (api: KubeApi) => AsyncIterable<MetadataObject>][] = [
    ['that have no label of ours', '!hostpath-provisioner/node', (api) => api.listUnlabelledVolumes()],
    ['of a node', 'hostpath-provisioner/node=node-a', (api) => api.listVolumesOfNode('node-a')],
  ];
  test.each(lists)('lists the metadata of the volumes %s, page by page', async (_, selector, list) => {
    const page = (name: string, next?: string) =>
      json(200, { metadata: { continue: next }, items: [{ metadata: { name } }] });
    await using client = await clientOf(page('pvc-1', 'more'), page('pvc-2'));
    const names: (string | undefined)[] = [];
    for await (const { metadata } of list(client.api)) names.push(metadata?.name);
    expect(names).toEqual(['pvc-1', 'pvc-2']);
    const queries = client.server.requests.map(({ query }) => query);
    expect(queries.map((query) => [query.get('labelSelector'), query.get('continue')])).toEqual([
      [selector, null],
      [selector, 'more'],
    ]);
    for (const { headers } of client.server.requests) expect(headers.accept).toContain('as=PartialObjectMetadataList');
  });

  test('lists all volumes whole', async () => {
    await using client = await clientOf(json(200, { metadata: {}, items: [volume] }));
    const volumes: PersistentVolumeObject[] = [];
    for await (const listed of client.api.listVolumes()) volumes.push(listed);
    expect(volumes).toEqual([volume]);
    expect(client.server.requests[0]?.query.get('labelSelector')).toBeNull();
    expect(client.server.requests[0]?.headers.accept).toBe('application/json');
  });

  test('puts our finalizer on, and names no other, nor a version', async () => {
    await using client = await clientOf(json(200, volume));
    await client.api.addFinalizer(volume);
    const [request] = client.server.requests;
    expect(request).toMatchObject({ method: 'PATCH', path: '/api/v1/persistentvolumes/pvc-1' });
    expect(request?.headers['content-type']).toBe('application/strategic-merge-patch+json');
    expect(JSON.parse(request?.body ?? '')).toEqual({ metadata: { uid: 'u-1', finalizers: [ourFinalizer] } });
  });

  test('takes our finalizer off, and names no other, nor a version', async () => {
    await using client = await clientOf(json(200, volume));
    await client.api.removeFinalizer(volume);
    const [request] = client.server.requests;
    expect(request).toMatchObject({ method: 'PATCH', path: '/api/v1/persistentvolumes/pvc-1' });
    expect(request?.headers['content-type']).toBe('application/strategic-merge-patch+json');
    expect(JSON.parse(request?.body ?? '')).toEqual({
      metadata: { uid: 'u-1', '$deleteFromPrimitiveList/finalizers': [ourFinalizer] },
    });
  });

  test('of a volume that is gone, taking our finalizer off is done', async () => {
    await using client = await clientOf(status(404, 'NotFound', 'not found'));
    expect(await client.api.removeFinalizer(volume)).toBeUndefined();
  });

  test('of a volume that is gone, deleting it is a conflict: it is not what was judged', async () => {
    await using client = await clientOf(status(404, 'NotFound', 'not found'));
    expect(await errorOf(client.api.deleteVolume(volume))).toMatchObject({ reason: 'Conflict' });
  });

  test('of a volume that is gone, putting our finalizer on fails', async () => {
    await using client = await clientOf(status(404, 'NotFound', 'not found'));
    expect(await errorOf(client.api.addFinalizer(volume))).toMatchObject({ reason: 'NotFound' });
  });

  test.each<[string, (api: KubeApi) => Promise<void>]>([
    ['deleting it', (api) => api.deleteVolume(volume)],
    ['putting our finalizer on', (api) => api.addFinalizer(volume)],
    ['taking our finalizer off', (api) => api.removeFinalizer(volume)],
  ])('of a volume that has changed, or has given its name to another, %s is a conflict', async (_, change) => {
    await using client = await clientOf(status(409, 'Conflict', 'the UID in the precondition does not match'));
    expect(await errorOf(change(client.api))).toMatchObject({ reason: 'Conflict' });
  });

  test('counts an Event up and changes nothing else of it', async () => {
    await using client = await clientOf(json(200, {}));
    const event: EventObject = {
      metadata: { name: 'data.1', namespace: 'team' },
      involvedObject: { kind: 'PersistentVolumeClaim', name: 'data' },
      message: 'again',
      count: 3,
      lastTimestamp: '2026-01-01T00:00:00Z',
    };
    await client.api.repeatEvent(event);
    const [request] = client.server.requests;
    expect(request).toMatchObject({ method: 'PATCH', path: '/api/v1/namespaces/team/events/data.1' });
    expect(JSON.parse(request?.body ?? '')).toEqual({ count: 3, lastTimestamp: '2026-01-01T00:00:00Z' });
  });
});

describe('an error', () => {
  const cutStatus = '{"kind":"Status","reason":"AlreadyEx';
  test.each<[string, Reply, Partial<ApiError>]>([
    ['a name that is taken', status(409, 'AlreadyExists', 'taken'), { reason: 'AlreadyExists', status: 409 }],
    ['a conflict', status(409, 'Conflict', 'changed'), { reason: 'Conflict', status: 409 }],
    ['a conflict without a Status', text(409, 'conflict'), { reason: 'Conflict', status: 409 }],
    ['an answer with half a Status', text(409, cutStatus), { reason: 'Conflict', status: 409 }],
    ['an invalid object', status(422, 'Invalid', 'bad'), { reason: 'Invalid', status: 422 }],
    ['a lack of rights', status(403, 'Forbidden', 'no'), { reason: 'Forbidden', status: 403 }],
    ['unknown credentials', status(401, 'Unauthorized', 'who'), { reason: 'Unauthorized', status: 401 }],
    ['an expired version', status(410, 'Expired', 'old'), { reason: 'Gone', status: 410 }],
    ['a bad request', status(400, 'BadRequest', 'bad'), { reason: 'Refused', status: 400 }],
    ['overload', status(429, 'TooManyRequests', 'slow'), { reason: 'TooManyRequests', status: 429 }],
    ['a server time-out', status(504, 'Timeout', 'late'), { reason: 'Unknown', status: 504 }],
    ['a request time-out', text(408, ''), { reason: 'Unknown', status: 408 }],
    [
      'a failed server',
      text(500, '<html>\n  oops'),
      { reason: 'Unknown', message: 'cannot create volume pvc-1: HTTP 500: <html> oops' },
    ],
    ['success that is not JSON', text(201, '{"kind":'), { reason: 'Unknown', status: undefined }],
    ['a success that breaks off', inTurn(1, part('{"kind":'), reset), { reason: 'Unknown', status: undefined }],
    ['a reset', reset, { reason: 'Unknown', status: undefined }],
  ])('tells %s', async (_, reply, expected) => {
    await using client = await clientOf(reply);
    const error = await errorOf(client.api.createVolume(volume));
    expect(error).toMatchObject(expected);
    expect(error.message).toMatch(/^cannot create volume pvc-1: ./);
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('secret-token');
  });

  test.each([
    ['silence', silence],
    ['an answer that stops', part('{')],
  ])('tells %s', async (_, reply) => {
    await using client = await clientWithin(300, reply);
    const message = 'cannot create volume pvc-1: no answer within 300 ms';
    expect(await errorOf(client.api.createVolume(volume))).toMatchObject({ reason: 'Unknown', message });
  });

  test('tells a server that is not there', async () => {
    const server = await ScriptedServer.start(() => silence);
    await server[Symbol.asyncDispose]();
    await using connection = await connectTo(server);
    const error = await errorOf(createKubeApi(connection).createVolume(volume));
    expect(error).toMatchObject({ reason: 'Unknown', status: undefined });
    expect(error.message).toContain('ECONNREFUSED');
  });

  test('carries how long the server asks to wait', async () => {
    await using client = await clientOf(status(429, 'TooManyRequests', 'slow', { 'retry-after': '3' }));
    expect(await errorOf(client.api.createVolume(volume))).toMatchObject({ retryAfterMs: 3_000 });
    expect(client.server.requests).toHaveLength(1);
  });
});

describe('who wants to know of each call', () => {
  test.each<[string, boolean, Reply]>([
    ['a success', false, json(200, volume)],
    ['a refusal', false, status(422, 'Invalid', 'no')],
    ['a refusal for overload', true, status(429, 'TooManyRequests', 'slow')],
    ['a server error', true, status(503, 'ServiceUnavailable', 'down')],
    ['no answer', true, silence],
    ['a broken connection', true, reset],
  ])('hears of %s whether it was for want of a server: %s', async (_, turnedAway, reply) => {
    await using server = await ScriptedServer.start(() => reply);
    await using connection = await connectTo(server);
    const ended: EndedCall[] = [];
    const timeoutMs = reply === silence ? 50 : patientMs;
    const api = createKubeApi(connection, { timeoutMs, onEnded: (call) => ended.push(call) });
    await api.readVolume('pvc-1').catch(() => {});
    expect(ended).toMatchObject([{ turnedAway }]);
    expect(ended[0]?.endedAtMs).toBeGreaterThan(ended[0]?.beganAtMs ?? Number.NaN);
  });
});

describe('a call whose connection breaks', () => {
  test('is made again at once if it reads', async () => {
    await using client = await clientOf(reset, json(200, volume));
    expect(await client.api.readVolume('pvc-1')).toEqual(volume);
  });

  test('is made again only once', async () => {
    await using client = await clientOf(reset);
    await errorOf(client.api.readVolume('pvc-1'));
    expect(client.server.requests).toHaveLength(2);
  });

  test('is not made again if it writes', async () => {
    await using client = await clientOf(reset, json(201, volume));
    await errorOf(client.api.createVolume(volume));
    expect(client.server.requests).toHaveLength(1);
  });
});
