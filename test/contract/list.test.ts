import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { type Corner, metadataList, metadataOnly, namesOf, statusOf, test } from './corner.ts';

const mark = 'labelSelector=mark';
const labels = { a: { mark: '1', color: 'red' }, b: { mark: '2', color: 'blue' }, c: { mark: '3' } };

async function makeThree(corner: Corner): Promise<void> {
  for (const [name, each] of Object.entries(labels)) {
    await corner.create(corner.configMaps, { metadata: { name, labels: each }, data: { k: 'v' } });
  }
}

const list = async (corner: Corner, query: string) => (await corner.send('GET', `${corner.configMaps}?${query}`)).body;

describe('a list', () => {
  test('holds objects in the order of their names, and they do not say their kind', async ({ corner }) => {
    await makeThree(corner);
    const { kind, apiVersion, metadata, items } = await list(corner, mark);
    expect({ kind, apiVersion, metadata }).toEqual({
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { resourceVersion: expect.stringMatching(/^[0-9]+$/) },
    });
    expect(namesOf(items)).toEqual(['a', 'b', 'c']);
    expect(items[0]).toMatchObject({ metadata: { namespace: corner.namespace }, data: { k: 'v' } });
    expect(items[0].kind).toBeUndefined();
  });

  test('of a namespace that does not exist is empty', async ({ corner }) => {
    const answer = await corner.send('GET', '/api/v1/namespaces/none-of-this-name/configmaps');
    expect([answer.status, answer.body.items]).toEqual([200, []]);
  });

  test('of all namespaces has those of this one', async ({ corner }) => {
    await makeThree(corner);
    const query = `${mark}&fieldSelector=metadata.namespace%3D${corner.namespace}`;
    expect(namesOf(await corner.api.list(`/api/v1/configmaps?${query}`))).toEqual(['a', 'b', 'c']);
  });

  test('is as new as the latest write', async ({ corner }) => {
    const { metadata } = await corner.create(corner.configMaps, { metadata: { name: 'a' } });
    const answer = await list(corner, mark);
    expect(Number(answer.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(metadata.resourceVersion));
  });
});

describe('a label selector', () => {
  test.for<[selector: string, names: string[]]>([
    ['color=red', ['a']],
    ['color==red', ['a']],
    ['color!=red', ['b', 'c']],
    ['color', ['a', 'b']],
    ['!color', ['c']],
    ['color in (red,blue)', ['a', 'b']],
    ['color notin (red)', ['b', 'c']],
    ['color,color!=blue', ['a']],
    ['mark>1,mark<3', ['b']],
  ])('%s selects %j', async ([selector, names], { corner }) => {
    await makeThree(corner);
    expect(namesOf((await list(corner, `labelSelector=${encodeURIComponent(`mark,${selector}`)}`)).items)).toEqual(
      names,
    );
  });

  test.for([
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['==', "found '==', expected: !, identifier, or 'end of string'"],
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ] as const)('%s is refused with 400', async ([selector, message], { corner }) => {
    const answer = await corner.send('GET', `${corner.configMaps}?labelSelector=${encodeURIComponent(selector)}`);
    expect(statusOf(answer)).toEqual({ status: 400, reason: 'BadRequest', message });
  });
});

describe('a field selector', () => {
  test.for<[selector: string, names: string[]]>([
    ['metadata.name=b', ['b']],
    ['metadata.name!=b', ['a', 'c']],
    ['metadata.name==b,metadata.name!=b', []],
  ])('%s selects %j', async ([selector, names], { corner }) => {
    await makeThree(corner);
    const query = `${mark}&fieldSelector=${encodeURIComponent(selector)}`;
    expect(namesOf((await list(corner, query)).items)).toEqual(names);
  });

  test('on spec.nodeName selects the pods of a node', async ({ corner }) => {
    await corner.untilObject(`${corner.path('serviceaccounts')}/default`, 'there', () => true);
    const containers = [{ name: 'a', image: 'a' }];
    await corner.create(corner.path('pods'), { metadata: { name: 'here' }, spec: { nodeName: 'n1', containers } });
    await corner.create(corner.path('pods'), { metadata: { name: 'there' }, spec: { containers } });
    const pods = await corner.api.list(`${corner.path('pods')}?fieldSelector=spec.nodeName%3Dn1`);
    expect(namesOf(pods)).toEqual(['here']);
    await corner.api.delete(`${corner.path('pods')}/here`, { gracePeriodSeconds: 0 });
  });

  test.for([
    ['configmaps', 'data.k=v', '"data.k" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    ['pods', 'bogus=v', 'field label not supported: bogus'],
    ['configmaps', 'bogus', "invalid selector: 'bogus'; can't understand 'bogus'"],
  ] as const)('on %s by %s is refused with 400', async ([plural, selector, message], { corner }) => {
    const answer = await corner.send('GET', `${corner.path(plural)}?fieldSelector=${encodeURIComponent(selector)}`);
    expect(statusOf(answer)).toEqual({ status: 400, reason: 'BadRequest', message });
  });
});

describe('a list with a limit', () => {
  // Empty pages do not count: a server that reads from etcd learns only by the last page that nothing more is selected.
  const pageThrough = async (corner: Corner, query: string, meanwhile: () => Promise<unknown>) => {
    const pages: string[][] = [];
    const versions = new Set<string>();
    let token: string | undefined = '';
    while (token !== undefined) {
      const { metadata, items }: Json = await list(corner, `${query}&limit=1${token && `&continue=${token}`}`);
      if (items.length > 0) pages.push(namesOf(items));
      versions.add(metadata.resourceVersion);
      token = metadata.continue;
      if (pages.length === 1) await meanwhile();
    }
    return { pages, versions: versions.size };
  };

  test('comes in pages', async ({ corner }) => {
    await makeThree(corner);
    expect((await pageThrough(corner, mark, async () => {})).pages).toEqual([['a'], ['b'], ['c']]);
  });

  test('is of one moment, whatever happens between its pages', async ({ corner }) => {
    await makeThree(corner);
    const { pages, versions } = await pageThrough(corner, mark, async () => {
      await corner.api.delete(`${corner.configMaps}/b`);
      await corner.create(corner.configMaps, { metadata: { name: 'bb', labels: { mark: '4' } } });
    });
    expect([pages, versions]).toEqual([[['a'], ['b'], ['c']], 1]);
  });

  test('tells how many follow, unless a selector would have to look', async ({ corner }) => {
    await makeThree(corner);
    await corner.untilObject(`${corner.configMaps}/kube-root-ca.crt`, 'there', () => true);
    expect((await list(corner, 'limit=1')).metadata.remainingItemCount).toBe(3);
    expect((await list(corner, `limit=1&${mark}`)).metadata.remainingItemCount).toBeUndefined();
    expect((await list(corner, 'limit=4')).metadata.remainingItemCount).toBeUndefined();
  });

  test('is whole when any age will do', async ({ corner }) => {
    await makeThree(corner);
    const answer = await list(corner, `limit=1&resourceVersion=0&${mark}`);
    expect([namesOf(answer.items), answer.metadata.continue]).toEqual([['a', 'b', 'c'], undefined]);
  });
});

describe('a list with a resourceVersion', () => {
  test('that must be matched exactly is of that moment', async ({ corner }) => {
    await makeThree(corner);
    const { resourceVersion } = (await list(corner, mark)).metadata;
    await corner.api.delete(`${corner.configMaps}/b`);
    const then = await list(corner, `${mark}&resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`);
    expect([namesOf(then.items), then.metadata.resourceVersion]).toEqual([['a', 'b', 'c'], resourceVersion]);
  });

  test.for([
    [
      'resourceVersion=abc',
      400,
      'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    ],
    ['limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['timeoutSeconds=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    [
      'resourceVersionMatch=Exact',
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    [
      'sendInitialEvents=true',
      422,
      'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
    ],
  ] as const)('as in %s is refused with %d', async ([query, status, message], { corner }) => {
    expect(statusOf(await corner.send('GET', `${corner.configMaps}?${query}`))).toMatchObject({ status, message });
  });

  test('may not come with a token, which has one', async ({ corner }) => {
    await makeThree(corner);
    const token = (await list(corner, `limit=1&${mark}`)).metadata.continue;
    const answer = await corner.send('GET', `${corner.configMaps}?limit=1&continue=${token}&resourceVersion=5`);
    expect(statusOf(answer)).toMatchObject({
      status: 400,
      message: 'specifying resource version is not allowed when using continue',
    });
  });

  test('may not come with a token that is none', async ({ corner }) => {
    const answer = await corner.send('GET', `${corner.configMaps}?limit=1&continue=abc`);
    expect(statusOf(answer)).toMatchObject({
      status: 400,
      message: expect.stringMatching(/^invalid continue token: continue key is not valid: /),
    });
  });
});

describe('metadata only', () => {
  const identity = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' };

  test('of an object', async ({ corner }) => {
    await makeThree(corner);
    const { body } = await corner.send('GET', `${corner.configMaps}/a`, undefined, metadataOnly);
    expect(body).toEqual({ ...identity, metadata: expect.objectContaining({ name: 'a', labels: labels.a }) });
  });

  test('of a list, where each object says its kind', async ({ corner }) => {
    await makeThree(corner);
    const { body } = await corner.send('GET', `${corner.configMaps}?${mark}&limit=1`, undefined, metadataList);
    expect(body).toMatchObject({
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { continue: expect.any(String) },
    });
    expect(body.items).toEqual([{ ...identity, metadata: expect.objectContaining({ name: 'a' }) }]);
  });

  test('of one object is not to be had from a list', async ({ corner }) => {
    expect(statusOf(await corner.send('GET', corner.configMaps, undefined, metadataOnly))).toEqual({
      status: 406,
      reason: 'NotAcceptable',
      message: 'you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)',
    });
  });

  test('is told of an error as everybody is', async ({ corner }) => {
    const answer = await corner.send('GET', `${corner.configMaps}/none`, undefined, metadataOnly);
    expect(statusOf(answer)).toMatchObject({ status: 404, message: 'configmaps "none" not found' });
  });

  test('answers a write', async ({ corner }) => {
    const answer = await corner.send(
      'POST',
      corner.configMaps,
      { metadata: { name: 'a' }, data: { k: 'v' } },
      metadataOnly,
    );
    expect(answer.body).toMatchObject(identity);
    expect(answer.body.data).toBeUndefined();
  });
});
