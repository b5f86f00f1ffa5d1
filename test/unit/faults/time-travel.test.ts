import { describe, expect } from 'vitest';
import { Watched } from '../../contract/watched.ts';
import { claim, node, storageClass } from '../../support/build.ts';
import { until } from '../../support/until.ts';
import { claimPath, claimsPath, test } from './proxied.ts';

const allClaims = '/api/v1/persistentvolumeclaims';
const classes = '/apis/storage.k8s.io/v1/storageclasses';
const nodes = '/api/v1/nodes';

const names = (objects: { metadata: { name: string } }[]) => objects.map(({ metadata }) => metadata.name).sort();

describe('back in time', () => {
  test('lists show what was there then, and reads and writes what is there now', async ({ proxy, through, direct }) => {
    await direct.create(claimsPath, claim('old', { metadata: { labels: { a: 'b' } } }));
    const then = (await through.send('GET', allClaims)).body;
    const moment = proxy.markMoment();
    await moment.lists;
    await direct.delete(claimPath('old'));
    await direct.create(claimsPath, claim('new'));
    proxy.travelTo(moment);

    expect((await through.send('GET', allClaims)).body).toEqual(then);
    expect((await through.send('GET', claimPath('new'))).status).toBe(200);
    expect((await through.send('DELETE', claimPath('new'))).status).toBe(200);
    expect(await direct.get(claimPath('new'))).toBeUndefined();
    expect(proxy.history.map(({ delivered, answered }) => [delivered, answered !== 'dropped'])).toEqual([
      [true, true],
      [false, true],
      [true, true],
      [true, true],
    ]);

    proxy.endTimeTravel();
    expect(await through.list(allClaims)).toEqual(await direct.list(allClaims));
  });

  test('lists are selected and written as asked', async ({ proxy, through, direct }) => {
    await direct.create('/api/v1/namespaces', { metadata: { name: 'other' } });
    await direct.create(claimsPath, claim('one', { metadata: { labels: { a: 'b' } } }));
    await direct.create(claimsPath, claim('two'));
    await direct.create('/api/v1/namespaces/other/persistentvolumeclaims', claim('three'));
    for (const name of ['n', 'm']) await direct.create(nodes, node(name));
    await direct.create(classes, storageClass('fast'));
    await through.list(classes);
    const moment = proxy.markMoment();
    const asked: [path: string, accept: string][] = [
      [`${allClaims}?labelSelector=a%3Db`, 'application/json'],
      [`${allClaims}?labelSelector=a%21%3Db`, 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'],
      [claimsPath, 'application/json'],
      [`${nodes}?fieldSelector=metadata.name%3Dn`, 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'],
      [classes, 'application/json'],
      ['/api/v1/persistentvolumes', 'application/json'],
    ];
    const ask = () =>
      Promise.all(asked.map(async ([path, accept]) => through.send('GET', path, undefined, { accept })));
    const original = (await ask()).map(({ status, body }) => ({ status, body }));
    await moment.lists;
    proxy.travelTo(moment);
    await direct.delete(claimPath('one'));
    expect((await ask()).map(({ status, body }) => ({ status, body }))).toEqual(original);
    expect(names((await through.send('GET', claimsPath)).body.items)).toEqual(['one', 'two']);
  });

  test('a list is all on one page', async ({ proxy, through, direct }) => {
    for (const name of ['a', 'b']) await direct.create(claimsPath, claim(name));
    await through.list(allClaims);
    const moment = proxy.markMoment();
    proxy.travelTo(moment);
    const { body } = await through.send('GET', `${allClaims}?limit=1`);
    expect(names(body.items)).toEqual(['a', 'b']);
    expect(body.metadata.continue).toBeUndefined();
  });

  test('open watches end, new ones are silent, and when time goes on they tell all that was missed', async ({
    proxy,
    through,
    direct,
  }) => {
    const path = `${allClaims}?watch=true`;
    const before = new Watched(through, path, {});
    await until('it is open', () => proxy.history[0]?.answered);
    const moment = proxy.markMoment();
    const version = (await moment.lists).get(allClaims).metadata.resourceVersion;
    proxy.travelTo(moment);
    await before.untilEnded();

    const during = new Watched(through, `${path}&resourceVersion=${version}`, {});
    await until('it is open', () => proxy.history[1]?.answered);
    expect(proxy.history[1]).toMatchObject({ delivered: false, answered: { status: 200 } });
    await direct.create(claimsPath, claim('new'));
    proxy.endTimeTravel();
    await during.untilEnded();
    expect(during.told).toEqual([]);

    const after = new Watched(through, `${path}&resourceVersion=${version}`, {});
    await after.untilTold(1);
    expect(after.summary).toEqual(['ADDED new']);
    after.close();
  });

  test('what is not listed or watched by the daemon is as it is now', async ({ proxy, through, direct }) => {
    await through.list('/api/v1/namespaces');
    const moment = proxy.markMoment();
    await moment.lists;
    await direct.create('/api/v1/namespaces', { metadata: { name: 'new' } });
    proxy.travelTo(moment);
    expect(names(await through.list('/api/v1/namespaces'))).toContain('new');
  });
});

test('a moment that cannot be read says why', async ({ proxy }) => {
  await expect(proxy.markMoment().lists).rejects.toThrow(/GET \/api\/v1\/persistentvolumeclaims: 403 .*anonymous/);
});
