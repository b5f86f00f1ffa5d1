import { describe, expect, inject } from 'vitest';
import type { Json } from '../support/api.ts';
import { test } from './corner.ts';

describe('discovery', () => {
  test('names the version', async ({ corner }) => {
    const version = inject('kubernetesVersion');
    const [major, minor] = version.split('.');
    const { body } = await corner.send('GET', '/version');
    expect(body).toMatchObject({ major, minor, gitVersion: expect.stringContaining(`v${version}.`) });
  });

  test('names the groups', async ({ corner }) => {
    const { body } = await corner.send('GET', '/apis');
    expect(body).toMatchObject({ kind: 'APIGroupList', apiVersion: 'v1' });
    const versions = Object.fromEntries(
      body.groups.map((each: Json) => [each.name, each.preferredVersion.groupVersion]),
    );
    expect(versions).toMatchObject({
      apps: 'apps/v1',
      'coordination.k8s.io': 'coordination.k8s.io/v1',
      'rbac.authorization.k8s.io': 'rbac.authorization.k8s.io/v1',
      'storage.k8s.io': 'storage.k8s.io/v1',
    });
  });

  test('names the version of the core group', async ({ corner }) => {
    expect((await corner.send('GET', '/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  });

  const all = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
  const ofStatus = ['get', 'patch', 'update'];
  test.for<[path: string, resource: Json]>([
    [
      '/api/v1',
      {
        name: 'persistentvolumes',
        singularName: 'persistentvolume',
        namespaced: false,
        kind: 'PersistentVolume',
        shortNames: ['pv'],
        verbs: all,
      },
    ],
    ['/api/v1', { name: 'persistentvolumes/status', namespaced: false, kind: 'PersistentVolume', verbs: ofStatus }],
    ['/api/v1', { name: 'persistentvolumeclaims', namespaced: true, kind: 'PersistentVolumeClaim', verbs: all }],
    ['/api/v1', { name: 'namespaces', kind: 'Namespace', verbs: all.filter((verb) => verb !== 'deletecollection') }],
    [
      '/apis/storage.k8s.io/v1',
      { name: 'storageclasses', namespaced: false, kind: 'StorageClass', shortNames: ['sc'], verbs: all },
    ],
    ['/apis/apps/v1', { name: 'daemonsets', namespaced: true, kind: 'DaemonSet', verbs: all }],
  ])('%s describes $1.name', async ([path, resource], { corner }) => {
    const { body } = await corner.send('GET', path);
    expect(body.kind).toBe('APIResourceList');
    expect(body.resources.find((each: Json) => each.name === resource.name)).toMatchObject(resource);
  });
});

describe('what is served beside claims and volumes', () => {
  test.for<{ path: string; namespaced: boolean; kind: string; fields: Json }>([
    { path: '/api/v1/nodes', namespaced: false, kind: 'Node', fields: {} },
    { path: '/api/v1', namespaced: true, kind: 'Secret', fields: { type: 'Opaque' } },
    {
      path: '/apis/storage.k8s.io/v1/csidrivers',
      namespaced: false,
      kind: 'CSIDriver',
      fields: { spec: { storageCapacity: true } },
    },
    {
      path: '/apis/coordination.k8s.io/v1',
      namespaced: true,
      kind: 'Lease',
      fields: { spec: { holderIdentity: 'me' } },
    },
    {
      path: '/apis/storage.k8s.io/v1',
      namespaced: true,
      kind: 'CSIStorageCapacity',
      fields: { storageClassName: 'a', capacity: '1Gi', nodeTopology: { matchLabels: { a: 'b' } } },
    },
    {
      path: '/apis/apps/v1',
      namespaced: true,
      kind: 'DaemonSet',
      fields: {
        spec: {
          selector: { matchLabels: { a: 'b' } },
          template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
        },
      },
    },
  ])('$kind is stored', async ({ path, namespaced, kind, fields }, { corner }) => {
    const plurals: Record<string, string> = {
      Secret: 'secrets',
      Lease: 'leases',
      CSIStorageCapacity: 'csistoragecapacities',
      DaemonSet: 'daemonsets',
    };
    const collection = namespaced ? `${path}/namespaces/${corner.namespace}/${plurals[kind]}` : path;
    const name = corner.namespace;
    await corner.create(collection, { metadata: { name }, ...fields });
    expect(await corner.api.get(`${collection}/${name}`)).toMatchObject({ kind, metadata: { name }, ...fields });
  });
});
