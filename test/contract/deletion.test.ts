import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { storageClass, uniqueName } from '../support/build.ts';
import { type Corner, classesPath, statusOf, test } from './corner.ts';

const make = (corner: Corner, metadata: Json = {}) =>
  corner.create(corner.configMaps, { metadata: { name: 'a', ...metadata } });

describe('deleting', () => {
  test('is answered with a Status that names what is gone', async ({ corner }) => {
    const { metadata } = await make(corner);
    const answer = await corner.send('DELETE', `${corner.configMaps}/a`);
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name: 'a', kind: 'configmaps', uid: metadata.uid },
      },
    ]);
    expect(statusOf(await corner.send('DELETE', `${corner.configMaps}/a`))).toMatchObject({ status: 404 });
  });

  test('a class is answered with the class', async ({ corner }) => {
    const name = uniqueName('class');
    const created = await corner.create(classesPath, storageClass(name));
    const deleted = await corner.api.delete(`${classesPath}/${name}`);
    expect(deleted).toMatchObject({ kind: 'StorageClass', metadata: { name, uid: created.metadata.uid } });
    expect(Number(deleted.metadata.resourceVersion)).toBeGreaterThan(Number(created.metadata.resourceVersion));
  });

  test('with dryRun answers as if it had been done, and does nothing', async ({ corner }) => {
    const { metadata } = await make(corner);
    const answer = await corner.send('DELETE', `${corner.configMaps}/a`, { dryRun: ['All'] });
    expect([answer.status, answer.body.details.uid]).toEqual([200, metadata.uid]);
    expect(await corner.api.get(`${corner.configMaps}/a`)).toBeDefined();
  });

  test('all objects of a selection is answered with their list', async ({ corner }) => {
    for (const name of ['a', 'b']) await make(corner, { name, labels: { set: 'x' } });
    await make(corner, { name: 'c' });
    const answer = await corner.send('DELETE', `${corner.configMaps}?labelSelector=set%3Dx`);
    expect(answer.body).toMatchObject({
      kind: 'ConfigMapList',
      items: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }],
    });
    expect(await corner.api.get(`${corner.configMaps}/a`)).toBeUndefined();
    expect(await corner.api.get(`${corner.configMaps}/c`)).toBeDefined();
  });

  test('with a propagation policy that does not exist is refused with 422', async ({ corner }) => {
    const answer = await corner.send('DELETE', `${corner.configMaps}/a`, { propagationPolicy: 'Bogus' });
    expect(statusOf(answer)).toMatchObject({
      status: 422,
      message:
        'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Bogus": supported values: "Foreground", "Background", "Orphan", "nil"',
    });
  });

  test.for(['Foreground', 'Background', 'Orphan'])(
    'with policy %s ends with the object gone',
    async (propagationPolicy, { corner }) => {
      await make(corner);
      await corner.api.delete(`${corner.configMaps}/a`, { propagationPolicy });
      await corner.untilGone(`${corner.configMaps}/a`);
    },
  );
});

describe('preconditions of a deletion', () => {
  const conflict = (message: string) => ({
    status: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ConfigMap "a": ${message}`,
    details: { name: 'a', kind: 'ConfigMap' },
  });

  test('of another UID refuse it with 409 Conflict', async ({ corner }) => {
    const { metadata } = await make(corner);
    const answer = await corner.send('DELETE', `${corner.configMaps}/a`, { preconditions: { uid: 'x' } });
    const message = `the UID in the precondition (x) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    expect(statusOf(answer)).toEqual(conflict(message));
  });

  test('of another resourceVersion refuse it with 409 Conflict', async ({ corner }) => {
    const { metadata } = await make(corner);
    const answer = await corner.send('DELETE', `${corner.configMaps}/a`, { preconditions: { resourceVersion: '1' } });
    const message = `the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    expect(statusOf(answer)).toEqual(conflict(message));
  });

  test('that hold let it through', async ({ corner }) => {
    const { uid, resourceVersion } = (await make(corner)).metadata;
    const answer = await corner.send('DELETE', `${corner.configMaps}/a`, { preconditions: { uid, resourceVersion } });
    expect(answer.status).toBe(200);
  });
});

describe('an object with finalizers', () => {
  const finalizer = 'example.com/keep';
  const makeDeleted = async (corner: Corner) => {
    const created = await make(corner, { finalizers: [finalizer] });
    return { created, answer: await corner.send('DELETE', `${corner.configMaps}/a`) };
  };

  test('is only marked as being deleted', async ({ corner }) => {
    const { created, answer } = await makeDeleted(corner);
    expect(answer.body.metadata).toMatchObject({
      uid: created.metadata.uid,
      deletionTimestamp: expect.any(String),
      deletionGracePeriodSeconds: 0,
      finalizers: [finalizer],
    });
    const again = await corner.send('DELETE', `${corner.configMaps}/a`);
    expect([again.status, again.body]).toEqual([200, answer.body]);
  });

  test('that is being deleted already stays as it is, if the preconditions of one more DELETE hold', async ({
    corner,
  }) => {
    const { answer: marked } = await makeDeleted(corner);
    const { uid, resourceVersion } = marked.body.metadata;
    const again = (preconditions: Json) => corner.send('DELETE', `${corner.configMaps}/a`, { preconditions });
    const answer = await again({ uid, resourceVersion });
    expect([answer.status, answer.body]).toEqual([200, marked.body]);
    const changed = await corner.send('PATCH', `${corner.configMaps}/a`, { data: { policy: 'Retain' } });
    expect(statusOf(await again({ uid, resourceVersion }))).toMatchObject({ status: 409, reason: 'Conflict' });
    expect(await corner.api.get(`${corner.configMaps}/a`)).toEqual(changed.body);
  });

  test('takes no new finalizers while it is being deleted', async ({ corner }) => {
    await makeDeleted(corner);
    const finalizers = [finalizer, 'example.com/more'];
    expect(statusOf(await corner.send('PATCH', `${corner.configMaps}/a`, { metadata: { finalizers } }))).toMatchObject({
      status: 422,
      message:
        'ConfigMap "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/more"}',
    });
  });

  test('can still be changed while it is being deleted', async ({ corner }) => {
    await makeDeleted(corner);
    const { metadata } = await corner.api.patch(`${corner.configMaps}/a`, { metadata: { annotations: { b: 'c' } } });
    expect(metadata.annotations).toEqual({ b: 'c' });
  });

  test('is gone with the last finalizer, and watches are told of its last state', async ({ corner }) => {
    const { created, answer } = await makeDeleted(corner);
    const { resourceVersion } = created.metadata;
    const last = await corner.send('PATCH', `${corner.configMaps}/a`, { metadata: { finalizers: null } });
    expect(last.status).toBe(200);
    expect(last.body.metadata).toMatchObject({ resourceVersion: answer.body.metadata.resourceVersion });
    expect(last.body.metadata.finalizers).toBeUndefined();
    expect(await corner.api.get(`${corner.configMaps}/a`)).toBeUndefined();
    const watched = corner.watch(
      `${corner.configMaps}?watch=1&fieldSelector=metadata.name%3Da&resourceVersion=${resourceVersion}`,
    );
    const [marked, gone] = await watched.untilTold(2);
    expect(watched.summary).toEqual(['MODIFIED a', 'DELETED a']);
    expect(marked.object.metadata.deletionTimestamp).toBeDefined();
    expect(gone.object.metadata.finalizers).toEqual([finalizer]);
    expect(Number(gone.object.metadata.resourceVersion)).toBeGreaterThan(
      Number(marked.object.metadata.resourceVersion),
    );
  });
});

describe('a namespace', () => {
  test('has an account and the certificate of the server', async ({ corner }) => {
    await corner.untilObject(`${corner.path('serviceaccounts')}/default`, 'there', () => true);
    await corner.untilObject(`${corner.configMaps}/kube-root-ca.crt`, 'there', ({ data }) =>
      data['ca.crt'].startsWith('-----BEGIN CERTIFICATE-----'),
    );
  });

  // kube-controller-manager begins after 5 s, and again later when it has just started and does not know all resources yet.
  const inItsOwnTime = { withinMs: 60_000 };

  test('that is being deleted takes nothing new, and takes all it has along', { timeout: 150_000 }, async ({
    corner,
  }) => {
    await make(corner, { finalizers: ['example.com/keep'] });
    const path = `/api/v1/namespaces/${corner.namespace}`;
    const deleted = await corner.api.delete(path);
    expect(deleted).toMatchObject({
      metadata: { deletionTimestamp: expect.any(String) },
      status: { phase: 'Terminating' },
    });
    expect(statusOf(await corner.send('POST', corner.configMaps, { metadata: { name: 'late' } }))).toEqual({
      status: 403,
      reason: 'Forbidden',
      message: `configmaps "late" is forbidden: unable to create new content in namespace ${corner.namespace} because it is being terminated`,
      details: {
        name: 'late',
        kind: 'configmaps',
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: `namespace ${corner.namespace} is being terminated`,
            field: 'metadata.namespace',
          },
        ],
      },
    });
    const isMarked = ({ metadata }: Json) => metadata.deletionTimestamp !== undefined;
    await corner.untilObject(`${corner.configMaps}/a`, 'marked', isMarked, inItsOwnTime);
    await corner.api.patch(`${corner.configMaps}/a`, { metadata: { finalizers: null } });
    await corner.untilGone(path, inItsOwnTime);
  });

  test('that the cluster needs may not be deleted', async ({ corner }) => {
    expect(statusOf(await corner.send('DELETE', '/api/v1/namespaces/default'))).toMatchObject({
      status: 403,
      message: 'namespaces "default" is forbidden: this namespace may not be deleted',
    });
  });
});
