import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { claim, uniqueName } from '../support/build.ts';
import { until } from '../support/until.ts';
import { type Corner, rbacPath, statusOf, test, volumesPath } from './corner.ts';

const reader = 'reader';
const userOf = (corner: Corner) => `system:serviceaccount:${corner.namespace}:${reader}`;

/** Binds rules to whoever `subject` names, in the whole cluster or in this namespace. */
async function grant(corner: Corner, rules: Json[], subject: Json, scope: 'cluster' | 'namespace'): Promise<void> {
  const name = uniqueName('role');
  const inNamespace = `${rbacPath}/namespaces/${corner.namespace}`;
  const [roles, bindings, kind] =
    scope === 'cluster'
      ? [`${rbacPath}/clusterroles`, `${rbacPath}/clusterrolebindings`, 'ClusterRole']
      : [`${inNamespace}/roles`, `${inNamespace}/rolebindings`, 'Role'];
  const apiGroup = 'rbac.authorization.k8s.io';
  await corner.create(roles, { metadata: { name }, rules });
  await corner.create(bindings, { metadata: { name }, roleRef: { apiGroup, kind, name }, subjects: [subject] });
}

const account = (corner: Corner) => ({ kind: 'ServiceAccount', name: reader, namespace: corner.namespace });

describe('who sends a request', () => {
  test('is told 401 when the token is none', async ({ corner }) => {
    const answer = await corner.send('GET', corner.configMaps, undefined, { authorization: 'Bearer nonsense' });
    expect([answer.status, answer.body]).toEqual([
      401,
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'Unauthorized',
        reason: 'Unauthorized',
        code: 401,
      },
    ]);
  });

  test('may still ask whether the server is alive with no rights at all', async ({ corner }) => {
    const headers = await corner.serviceAccount(reader);
    for (const path of ['/healthz', '/livez', '/readyz']) {
      expect((await corner.send('GET', path, undefined, headers)).body).toBe('ok');
    }
    for (const path of ['/version', '/api', '/apis']) {
      expect((await corner.send('GET', path, undefined, headers)).status).toBe(200);
    }
  });

  test('is no longer known when the account of the token is gone', async ({ corner }) => {
    const headers = await corner.serviceAccount(reader);
    await corner.api.delete(`${corner.path('serviceaccounts')}/${reader}`);
    await until('the token is refused', async () => {
      const { status } = await corner.send('GET', corner.configMaps, undefined, headers);
      return status === 401;
    });
  });
});

describe('a token', () => {
  test('is made for an account, for an hour unless told otherwise', async ({ corner }) => {
    await corner.serviceAccount(reader);
    const request = await corner.api.create(`${corner.path('serviceaccounts')}/${reader}/token`, {});
    expect(request).toMatchObject({
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: reader, namespace: corner.namespace },
      spec: { audiences: ['https://kubernetes.default.svc'], expirationSeconds: 3600 },
      status: { token: expect.any(String), expirationTimestamp: expect.any(String) },
    });
    const claims = JSON.parse(Buffer.from(request.status.token.split('.')[1], 'base64url').toString());
    expect(claims).toMatchObject({ sub: userOf(corner), aud: ['https://kubernetes.default.svc'] });
    expect(claims.exp - claims.iat).toBe(3600);
  });

  test('for another audience is refused here', async ({ corner }) => {
    await corner.serviceAccount(reader);
    const path = `${corner.path('serviceaccounts')}/${reader}/token`;
    const { status } = await corner.api.create(path, { spec: { audiences: ['elsewhere'] } });
    const headers = { authorization: `Bearer ${status.token}` };
    expect((await corner.send('GET', corner.configMaps, undefined, headers)).status).toBe(401);
  });

  test('is not made for less than ten minutes', async ({ corner }) => {
    await corner.serviceAccount(reader);
    const answer = await corner.send('POST', `${corner.path('serviceaccounts')}/${reader}/token`, {
      spec: { expirationSeconds: 5 },
    });
    expect(statusOf(answer)).toMatchObject({
      status: 422,
      message:
        'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
    });
  });

  test('is not made for an account that does not exist', async ({ corner }) => {
    const answer = await corner.send('POST', `${corner.path('serviceaccounts')}/none/token`, {});
    expect(statusOf(answer)).toMatchObject({ status: 404, message: 'serviceaccounts "none" not found' });
  });
});

describe('without rights', () => {
  const volumes = 'resource "persistentvolumes" in API group "" at the cluster scope';
  const ofVolumes = ['persistentvolumes', { kind: 'persistentvolumes' }] as const;
  const ofVolume = ['persistentvolumes "a"', { name: 'a', kind: 'persistentvolumes' }] as const;
  const ofClasses = ['storageclasses.storage.k8s.io', { group: 'storage.k8s.io', kind: 'storageclasses' }] as const;
  const here = 'in API group "" in the namespace "NAMESPACE"';
  const claims = 'persistentvolumeclaims';
  test.for<[deed: string, method: string, path: string | ((corner: Corner) => string), subject: string, details: Json]>(
    [
      [`list ${volumes}`, 'GET', volumesPath, ...ofVolumes],
      [`watch ${volumes}`, 'GET', `${volumesPath}?watch=1`, ...ofVolumes],
      [`get ${volumes}`, 'GET', `${volumesPath}/a`, ...ofVolume],
      [`delete ${volumes}`, 'DELETE', `${volumesPath}/a`, ...ofVolume],
      [`deletecollection ${volumes}`, 'DELETE', volumesPath, ...ofVolumes],
      [
        'list resource "storageclasses" in API group "storage.k8s.io" at the cluster scope',
        'GET',
        '/apis/storage.k8s.io/v1/storageclasses',
        ...ofClasses,
      ],
      [`create resource "${claims}" ${here}`, 'POST', (corner) => corner.claims, claims, { kind: claims }],
      [
        `patch resource "${claims}/status" ${here}`,
        'PATCH',
        (corner) => `${corner.claims}/a/status`,
        `${claims} "a"`,
        { name: 'a', kind: claims },
      ],
      [
        `update resource "configmaps" ${here}`,
        'PUT',
        (corner) => `${corner.configMaps}/a`,
        'configmaps "a"',
        { name: 'a', kind: 'configmaps' },
      ],
    ],
  )('a user cannot %s', async ([deed, method, path, subject, details], { corner }) => {
    const headers = await corner.serviceAccount(reader);
    const body = method === 'POST' ? claim('a') : undefined;
    const where = typeof path === 'string' ? path : path(corner);
    expect(statusOf(await corner.send(method, where, body, headers))).toEqual({
      status: 403,
      reason: 'Forbidden',
      message: `${subject} is forbidden: User "${userOf(corner)}" cannot ${deed.replace('NAMESPACE', corner.namespace)}`,
      details,
    });
  });

  test('a user cannot get a path', async ({ corner }) => {
    const headers = await corner.serviceAccount(reader);
    expect(statusOf(await corner.send('GET', '/metrics', undefined, headers))).toEqual({
      status: 403,
      reason: 'Forbidden',
      message: `forbidden: User "${userOf(corner)}" cannot get path "/metrics"`,
      details: {},
    });
  });
});

describe('with rights', () => {
  const rules = [
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] },
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['only'], verbs: ['*'] },
    { apiGroups: [''], resources: ['persistentvolumeclaims/status'], verbs: ['patch'] },
    { apiGroups: ['*'], resources: ['leases'], verbs: ['create'] },
  ];

  /** The status of each request once the account has its first right: by then it has the others, too. */
  async function answersTo(corner: Corner, headers: Record<string, string>, requests: [string, string, Json?][]) {
    await until('the rights count', async () => {
      return (await corner.send('GET', corner.configMaps, undefined, headers)).status === 200;
    });
    const answers = requests.map(
      async ([method, path, body]) => (await corner.send(method, path, body, headers)).status,
    );
    return Promise.all(answers);
  }

  test('a user may do what a role of the namespace says, and no more', async ({ corner }) => {
    const headers = await corner.serviceAccount(reader);
    await grant(corner, rules, account(corner), 'namespace');
    const secrets = corner.path('secrets');
    const leases = `/apis/coordination.k8s.io/v1/namespaces/${corner.namespace}/leases`;
    const requests: [expected: number, method: string, path: string, body?: Json][] = [
      [404, 'GET', `${corner.configMaps}/none`],
      [403, 'GET', `${corner.configMaps}?watch=1`],
      [403, 'POST', corner.configMaps, { metadata: { name: 'a' } }],
      [404, 'GET', `${secrets}/only`],
      [403, 'GET', `${secrets}/other`],
      [403, 'GET', secrets],
      [200, 'GET', `${secrets}?fieldSelector=metadata.name%3Donly`],
      [403, 'POST', secrets, { metadata: { name: 'only' } }],
      [404, 'PATCH', `${corner.claims}/none/status`, {}],
      [403, 'PATCH', `${corner.claims}/none`, {}],
      [201, 'POST', leases, { metadata: { name: 'a' } }],
      [403, 'GET', '/api/v1/configmaps'],
      [403, 'GET', '/api/v1/namespaces/default/configmaps'],
    ];
    const statuses = await answersTo(
      corner,
      headers,
      requests.map(([, ...request]) => request),
    );
    expect(statuses).toEqual(requests.map(([expected]) => expected));
  });

  test('a user may do in all namespaces what a role of the cluster says', async ({ corner }) => {
    const headers = await corner.serviceAccount(reader);
    await grant(corner, rules, account(corner), 'cluster');
    const requests: [string, string][] = [
      ['GET', '/api/v1/configmaps?limit=1'],
      ['GET', '/api/v1/namespaces/default/configmaps?limit=1'],
    ];
    expect(await answersTo(corner, headers, requests)).toEqual([200, 200]);
  });

  test.for(['system:serviceaccounts:NAMESPACE', 'system:serviceaccounts', 'system:authenticated'])(
    'a user has those of the group %s',
    async (group, { corner }) => {
      const headers = await corner.serviceAccount(reader);
      const name = group.replace('NAMESPACE', corner.namespace);
      await grant(corner, rules, { kind: 'Group', name, apiGroup: 'rbac.authorization.k8s.io' }, 'namespace');
      expect(await answersTo(corner, headers, [['GET', `${corner.configMaps}/none`]])).toEqual([404]);
    },
  );

  test('a user may get a path', async ({ corner }) => {
    const headers = await corner.serviceAccount(reader);
    const pathRules = [...rules, { nonResourceURLs: ['/nosuchpath/*'], verbs: ['get'] }];
    await grant(corner, pathRules, account(corner), 'cluster');
    expect(await answersTo(corner, headers, [['GET', '/nosuchpath/a']])).toEqual([404]);
  });

  test('a user has them no longer when the binding is gone', async ({ corner }) => {
    const headers = await corner.serviceAccount(reader);
    await grant(corner, rules, account(corner), 'namespace');
    await answersTo(corner, headers, []);
    const bindings = `${rbacPath}/namespaces/${corner.namespace}/rolebindings`;
    for (const { metadata } of await corner.api.list(bindings)) await corner.api.delete(`${bindings}/${metadata.name}`);
    await until('the rights are gone', async () => {
      return (await corner.send('GET', corner.configMaps, undefined, headers)).status === 403;
    });
  });
});

describe('a binding', () => {
  const binding = (changes: Json) => ({
    metadata: { name: uniqueName('binding') },
    roleRef: { kind: 'ClusterRole', name: 'none' },
    subjects: [{ kind: 'User', name: 'nobody' }],
    ...changes,
  });

  test('has the groups of what it names filled in', async ({ corner }) => {
    const apiGroup = 'rbac.authorization.k8s.io';
    const created = await corner.create(`${rbacPath}/clusterrolebindings`, binding({}));
    expect(created).toMatchObject({ roleRef: { apiGroup }, subjects: [{ apiGroup, kind: 'User', name: 'nobody' }] });
  });

  test('keeps its role', async ({ corner }) => {
    const { metadata } = await corner.create(`${rbacPath}/clusterrolebindings`, binding({}));
    const path = `${rbacPath}/clusterrolebindings/${metadata.name}`;
    expect(statusOf(await corner.send('PATCH', path, { roleRef: { name: 'other' } }))).toMatchObject({
      status: 422,
      message: expect.stringContaining('is invalid: roleRef: '),
    });
  });

  test('of an account says its namespace', async ({ corner }) => {
    const object = binding({ subjects: [{ kind: 'ServiceAccount', name: 'a' }] });
    expect(statusOf(await corner.send('POST', `${rbacPath}/clusterrolebindings`, object))).toMatchObject({
      status: 422,
      message: expect.stringContaining('is invalid: subjects[0].namespace: Required value'),
    });
  });
});
