import { describe, expect, test } from 'vitest';
import { createKubeApi } from '../../../../src/kube/calls/client.ts';
import type { EndedCall } from '../../../../src/kube/calls/concurrency-limit.ts';
import { ApiError, type KubeApi } from '../../../../src/kube/calls/kube-api.ts';
import type { EventObject, MetadataObject, PersistentVolumeObject } from '../../../../src/model/kubernetes.ts';
import { pendingClaim } from '../../../support/build-views.ts';
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

const volumePath = '/api/v1/persistentvolumes/pvc-1';
const claimPath = '/api/v1/namespaces/team%20a/persistentvolumeclaims/data';

test.each<[string, string, (api: KubeApi) => Promise<unknown>]>([
  ['claim', claimPath, (api) => api.readClaim('team a', 'data')],
  ['volume', volumePath, (api) => api.readVolume('pvc-1')],
  ['class', '/apis/storage.k8s.io/v1/storageclasses/fast', (api) => api.readClass('fast')],
  ['node', '/api/v1/nodes/node-a', (api) => api.readNode('node-a')],
])('a %s is read, and is undefined when it does not exist', async (_, path, read) => {
  const object = { metadata: { name: 'data', creationTimestamp: '2026-01-01T00:00:00Z' } };
  await using client = await clientOf(json(200, object), status(404, 'NotFound', 'not found'));
  expect([await read(client.api), await read(client.api)]).toEqual([object, undefined]);
  expect(client.server.requests[0]).toMatchObject({ method: 'GET', path });
});

describe('a write', () => {
  const labels = { 'hostpath-provisioner/node': 'node-a' };
  const version = { uid: 'u-2', resourceVersion: '8' };
  const claim = pendingClaim({ namespace: 'team a', name: 'data', ...version, selectedNode: 'node-a' });
  const event: EventObject = {
    metadata: { name: 'data.1', namespace: 'team' },
    involvedObject: { kind: 'PersistentVolumeClaim', name: 'data' },
    message: 'again',
    count: 3,
    lastTimestamp: '2026-01-01T00:00:00Z',
  };

  const marked = pendingClaim({
    ...claim,
    resize: { allocated: '1Gi', state: 'ControllerResizeInfeasible', error: 'full', underWay: true },
  });
  const statusOfClaim = `PATCH ${claimPath}/status application/strategic-merge-patch+json`;
  const propagationPolicy = 'Background';
  const ofVersion = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy };
  const selectedNode = '/metadata/annotations/volume.kubernetes.io~1selected-node';
  const createPath = '/api/v1/persistentvolumes';
  const strategicMerge = `PATCH ${volumePath} application/strategic-merge-patch+json`;
  test.each<[string, (api: KubeApi) => Promise<unknown>, string, object]>([
    ['creates a volume', (api) => api.createVolume(volume), `POST ${createPath} application/json`, volume],
    [
      'deletes only the version of the volume that was read',
      (api) => api.deleteVolume(volume),
      `DELETE ${volumePath} application/json`,
      { ...ofVersion, preconditions: { uid: 'u-1', resourceVersion: '7' } },
    ],
    [
      'labels a volume, and names nothing else',
      (api) => api.labelVolume(volume, { labels }),
      strategicMerge,
      { metadata: { uid: 'u-1', labels } },
    ],
    [
      'adds our finalizer, and names no other, nor a version',
      (api) => api.addFinalizer(volume),
      strategicMerge,
      { metadata: { uid: 'u-1', finalizers: [ourFinalizer] } },
    ],
    [
      'removes our finalizer, and names no other, nor a version',
      (api) => api.removeFinalizer(volume),
      strategicMerge,
      { metadata: { uid: 'u-1', '$deleteFromPrimitiveList/finalizers': [ourFinalizer] } },
    ],
    [
      'gives the selected node back only of the version of the claim that was read',
      (api) => api.giveNodeBack(claim),
      `PATCH ${claimPath} application/json-patch+json`,
      [
        { op: 'test', path: '/metadata/uid', value: 'u-2' },
        { op: 'test', path: '/metadata/resourceVersion', value: '8' },
        { op: 'test', path: selectedNode, value: 'node-a' },
        { op: 'remove', path: selectedNode },
      ],
    ],
    [
      'grows only the version of the volume that was read',
      (api) => api.growVolume(volume, '2Gi'),
      `PATCH ${volumePath} application/json-patch+json`,
      [
        { op: 'test', path: '/metadata/uid', value: 'u-1' },
        { op: 'test', path: '/metadata/resourceVersion', value: '7' },
        { op: 'replace', path: '/spec/capacity/storage', value: '2Gi' },
      ],
    ],
    [
      'says that the claim has grown, and names nothing that its status does not have',
      (api) => api.endResize(claim, '2Gi'),
      statusOfClaim,
      { metadata: version, status: { capacity: { storage: '2Gi' } } },
    ],
    [
      'says that the claim has grown, and takes off what its status says of that',
      (api) => api.endResize(marked, '2Gi'),
      statusOfClaim,
      {
        metadata: version,
        status: {
          capacity: { storage: '2Gi' },
          allocatedResources: { storage: '2Gi' },
          allocatedResourceStatuses: { storage: null },
          conditions: [
            { $patch: 'delete', type: 'ControllerResizeError' },
            { $patch: 'delete', type: 'Resizing' },
          ],
        },
      },
    ],
    [
      'says that the claim cannot grow',
      (api) => api.refuseResize(claim, { reason: 'NoRoom', message: 'full' }),
      statusOfClaim,
      {
        metadata: version,
        status: {
          allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' },
          conditions: [
            {
              type: 'ControllerResizeError',
              status: 'True',
              reason: 'NoRoom',
              message: 'full',
              lastTransitionTime: expect.stringMatching(/^20/),
            },
          ],
        },
      },
    ],
    [
      'raises the count of an Event and changes nothing else of it',
      (api) => api.repeatEvent(event),
      'PATCH /api/v1/namespaces/team/events/data.1 application/merge-patch+json',
      { count: 3, lastTimestamp: '2026-01-01T00:00:00Z' },
    ],
  ])('%s', async (_, write, sent, body) => {
    await using client = await clientOf(json(sent.startsWith('POST') ? 201 : 200, volume));
    await write(client.api);
    expect(client.server.requests).toHaveLength(1);
    const [request] = client.server.requests;
    expect(`${request?.method} ${request?.path} ${request?.headers['content-type']}`).toBe(sent);
    expect(JSON.parse(request?.body ?? '')).toEqual(body);
  });

  const deletion = (api: KubeApi) => api.deleteVolume(volume);
  const addition = (api: KubeApi) => api.addFinalizer(volume);
  const removal = (api: KubeApi) => api.removeFinalizer(volume);
  const gone = status(404, 'NotFound', 'not found');
  const changed = status(409, 'Conflict', 'the UID in the precondition does not match');
  const untrue = status(422, 'Invalid', 'the server rejected our request');
  test.each<[string, (api: KubeApi) => Promise<void>, Reply, string | undefined]>([
    ['deleting a volume that is gone is a conflict: it is not what was judged', deletion, gone, 'Conflict'],
    ['deleting a volume that has changed is a conflict', deletion, changed, 'Conflict'],
    ['adding our finalizer to a volume that is gone fails', addition, gone, 'NotFound'],
    ['adding our finalizer to a volume that has changed is a conflict', addition, changed, 'Conflict'],
    ['removing our finalizer from a volume that is gone is done', removal, gone, undefined],
    ['removing our finalizer from a volume that has changed is a conflict', removal, changed, 'Conflict'],
    [
      'giving back the node of a claim that has changed is a conflict',
      (a) => a.giveNodeBack(claim),
      untrue,
      'Conflict',
    ],
    ['growing a volume that has changed is a conflict', (a) => a.growVolume(volume, '2Gi'), untrue, 'Conflict'],
    [
      'ending the growth of a claim that has changed is a conflict',
      (a) => a.endResize(claim, '2Gi'),
      changed,
      'Conflict',
    ],
    ['ending the growth of a claim made anew is a conflict', (a) => a.endResize(claim, '2Gi'), untrue, 'Conflict'],
  ])('%s', async (_, write, reply, reason) => {
    await using client = await clientOf(reply);
    if (reason === undefined) expect(await write(client.api)).toBeUndefined();
    else expect(await errorOf(write(client.api))).toMatchObject({ reason });
  });
});

describe('a list', () => {
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

  const metadata = expect.stringContaining('as=PartialObjectMetadataList');
  test.each<[string, string | null, string, (api: KubeApi) => AsyncIterable<MetadataObject>]>([
    ['all volumes, whole', null, 'application/json', (api) => api.listVolumes()],
    ['volumes without our label', '!hostpath-provisioner/node', metadata, (api) => api.listUnlabelledVolumes()],
    ['volumes of a node', 'hostpath-provisioner/node=node-a', metadata, (api) => api.listVolumesOfNode('node-a')],
  ])('has %s, page by page', async (_, selector, accept, list) => {
    const page = (name: string, next?: string) =>
      json(200, { metadata: { continue: next }, items: [{ metadata: { name } }] });
    await using client = await clientOf(page('pvc-1', 'more'), page('pvc-2'));
    const names: (string | undefined)[] = [];
    for await (const { metadata } of list(client.api)) names.push(metadata?.name);
    expect(names).toEqual(['pvc-1', 'pvc-2']);
    const asked = client.server.requests.map(({ query, headers }) => [
      query.get('labelSelector'),
      query.get('continue'),
      headers.accept,
    ]);
    expect(asked).toEqual([null, 'more'].map((from) => [selector, from, accept]));
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
