import { describe, expect } from 'vitest';
import { Watched } from '../../contract/watched.ts';
import type { FaultProxy, WatchEvent, WatchFault } from '../../faults/proxy/fault-proxy.ts';
import type { Api } from '../../support/api.ts';
import { claim } from '../../support/build.ts';
import { until } from '../../support/until.ts';
import { claimPath, claimsPath, RawAnswer, test } from './proxied.ts';

const watchPath = `${claimsPath}?watch=true&allowWatchBookmarks=true`;

/** Harms the events of these names; others pass. */
function harm(proxy: FaultProxy, faults: Record<string, WatchFault['do']>): void {
  proxy.hooks = { onWatchEvent: ({ object }) => ({ do: faults[object.metadata.name] ?? 'pass' }) };
}

/** A watch through the proxy that has begun; its bookmark at the beginning is left out. */
async function openWatch(through: Api, path = watchPath): Promise<Watched> {
  const watched = new Watched(through, path, {});
  await watched.untilTold(1);
  watched.told.splice(0);
  return watched;
}

async function createClaims(api: Api, ...names: string[]): Promise<void> {
  for (const name of names) await api.create(claimsPath, claim(name));
}

describe('events of a watch', () => {
  test.for<[what: string, faults: Record<string, WatchFault['do']>, told: string[]]>([
    ['pass', {}, ['ADDED a', 'ADDED b', 'ADDED c', 'ADDED d']],
    ['swallowed for a bookmark', { b: 'bookmarkOnly' }, ['ADDED a', 'BOOKMARK', 'ADDED c', 'ADDED d']],
    ['released come in their order', { b: 'hold', d: 'release' }, ['ADDED a', 'ADDED b', 'ADDED c', 'ADDED d']],
    ['reordered change places with the next', { b: 'reorder' }, ['ADDED a', 'ADDED c', 'ADDED b', 'ADDED d']],
    ['held never come if nothing releases them', { b: 'hold' }, ['ADDED a']],
    ['after a stall never come', { b: 'stall' }, ['ADDED a']],
  ])('that are %s', async ([, faults, told], { proxy, through, direct }) => {
    harm(proxy, faults);
    const other = await openWatch(direct);
    const watched = await openWatch(through);
    await createClaims(direct, 'a', 'b', 'c', 'd');
    await other.untilTold(4);
    await watched.untilTold(told.length);
    proxy.closeWatches();
    await watched.untilEnded();
    expect(watched.summary).toEqual(told);
    other.close();
  });

  test('that are held go out together with the one that releases them', async ({ proxy, through, direct }) => {
    const asked: string[] = [];
    proxy.hooks = {
      onWatchEvent: ({ object, nth }) => {
        asked.push(`${object.metadata.name} ${nth}`);
        return { do: nth === 1 ? 'hold' : nth === 3 ? 'release' : 'pass' };
      },
    };
    const watched = await openWatch(through);
    await createClaims(direct, 'a', 'b');
    await until('both are held', () => asked.length === 2);
    expect(watched.told).toEqual([]);
    await createClaims(direct, 'c');
    await watched.untilTold(3);
    expect(watched.summary).toEqual(['ADDED a', 'ADDED b', 'ADDED c']);
    expect(asked).toEqual(['a 1', 'b 2', 'c 3']);
    watched.close();
  });

  test('that are skipped are never seen, and the next about the same object is', async ({ proxy, through, direct }) => {
    proxy.hooks = {
      onWatchEvent: ({ type, object }) => ({
        do: type === 'ADDED' && object.metadata.name === 'a' ? 'skipUntilNext' : 'pass',
      }),
    };
    const watched = await openWatch(through);
    await createClaims(direct, 'a', 'b');
    await direct.patch(claimPath('a'), { metadata: { labels: { step: 'next' } } });
    await watched.untilTold(2);
    expect(watched.summary).toEqual(['ADDED b', 'MODIFIED a']);
    watched.close();
  });

  test('are counted for a resource, over all its watches and without bookmarks', async ({
    controlPlane,
    proxy,
    through,
    direct,
  }) => {
    const seen: string[] = [];
    proxy.hooks = {
      onWatchEvent: ({ request, type, object, nth }: WatchEvent) => {
        seen.push(`${request.resource} ${type} ${object.metadata.name} ${nth}`);
        return { do: 'pass' };
      },
    };
    const first = await openWatch(through, `${watchPath}&fieldSelector=metadata.name=a`);
    const second = await openWatch(through, `${watchPath}&fieldSelector=metadata.name=b`);
    const nodes = await openWatch(through, '/api/v1/nodes?watch=true&allowWatchBookmarks=true');
    await createClaims(direct, 'a');
    await first.untilTold(1);
    controlPlane.sendBookmarks();
    await second.untilEvent('a bookmark', ({ type }) => type === 'BOOKMARK');
    await createClaims(direct, 'b');
    await direct.create('/api/v1/nodes', { metadata: { name: 'n' } });
    await second.untilTold(2);
    await nodes.untilTold(1);
    expect(seen).toEqual(['persistentvolumeclaims ADDED a 1', 'persistentvolumeclaims ADDED b 2', 'nodes ADDED n 1']);
    for (const watched of [first, second, nodes]) watched.close();
  });
});

describe('a watch', () => {
  test('that is cut ends within a line, by a reset', async ({ proxy, direct, token }) => {
    harm(proxy, { b: 'cutWithinLine' });
    const watch = new RawAnswer(proxy, `${claimsPath}?watch=true`, token);
    await until('the watch is open', () => proxy.history[0]?.answered);
    await createClaims(direct, 'a', 'b', 'c');
    expect(await watch.ended).toBe('ECONNRESET');
    const [whole = '', half = '', ...rest] = watch.lines;
    expect(JSON.parse(whole)).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' } } });
    expect(half).toMatch(/^\{"type":"ADDED","object":\{.*[^}]$/);
    expect(rest).toEqual([]);
  });

  test('that expires ends with an ERROR event of 410 Expired', async ({ proxy, through, direct }) => {
    harm(proxy, { b: 'expire' });
    const watched = await openWatch(through);
    await createClaims(direct, 'a', 'b', 'c');
    await watched.untilEnded();
    expect(watched.told.map(({ type }) => type)).toEqual(['ADDED', 'ERROR']);
    expect(watched.told[1].object).toMatchObject({ kind: 'Status', code: 410, reason: 'Expired' });
  });

  test('gets no bookmark while an event is kept back from it, and gets one after that', async ({
    controlPlane,
    proxy,
    through,
    direct,
  }) => {
    const other = await openWatch(direct);
    harm(proxy, { a: 'reorder' });
    const watched = await openWatch(through);
    await createClaims(direct, 'a');
    await other.untilTold(1);
    // Something else moves the revision on, so that there is something to tell.
    const { metadata } = await direct.create('/api/v1/nodes', { metadata: { name: 'n' } });
    expect(Number(metadata.resourceVersion)).toBeGreaterThan(0);
    controlPlane.sendBookmarks();
    await createClaims(direct, 'b');
    await watched.untilTold(2);
    expect(watched.summary).toEqual(['ADDED b', 'ADDED a']);
    watched.close();
    other.close();
  });

  test('is ended with the others though the API server has not answered it yet', async ({ proxy, through }) => {
    proxy.hooks = {
      onRequest: ({ kind }) =>
        kind === 'watch' ? { do: 'deliverThen', run: async () => proxy.closeWatches() } : { do: 'pass' },
    };
    const watched = new Watched(through, watchPath, {});
    await watched.untilEnded();
    expect(watched.told).toEqual([]);
  });

  test('that is ended can be begun anew, and then tells what it had kept back', async ({ proxy, through, direct }) => {
    harm(proxy, { b: 'stall' });
    const watched = await openWatch(through);
    await createClaims(direct, 'a', 'b');
    const [{ object }] = await watched.untilTold(1);
    proxy.hooks = {};
    proxy.closeWatches();
    await watched.untilEnded();
    const again = new Watched(through, `${watchPath}&resourceVersion=${object.metadata.resourceVersion}`, {});
    await again.untilTold(1);
    expect(again.summary).toEqual(['ADDED b']);
    again.close();
  });
});
