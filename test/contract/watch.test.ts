import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { until } from '../support/until.ts';
import { type Corner, metadataOnly, statusOf, test } from './corner.ts';

const mark = 'labelSelector=mark%3Dyes';
const marked = (name: string, mark = 'yes') => ({ metadata: { name, labels: { mark } }, data: { k: 'v' } });

/** Makes two objects and answers with the resourceVersion after them. */
async function makeTwo(corner: Corner): Promise<string> {
  await corner.create(corner.configMaps, marked('a'));
  const { metadata } = await corner.create(corner.configMaps, marked('b'));
  return metadata.resourceVersion;
}

async function changeThem(corner: Corner): Promise<void> {
  await corner.api.patch(`${corner.configMaps}/a`, { metadata: { labels: { mark: 'no' } } });
  await corner.api.patch(`${corner.configMaps}/b`, { data: { k: 'w' } });
  await corner.api.patch(`${corner.configMaps}/a`, { metadata: { labels: { mark: 'yes' } } });
  await corner.api.delete(`${corner.configMaps}/b`);
}

const changes = ['DELETED a', 'MODIFIED b', 'ADDED a', 'DELETED b'];
const initialEvents = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
const noInitialEvents =
  'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled';
const versionsOf = (events: Json[]): number[] => events.map(({ object }) => Number(object.metadata.resourceVersion));

describe('a watch', () => {
  test('from 0 begins with what is there', async ({ corner }) => {
    await makeTwo(corner);
    const watched = corner.watch(`${corner.configMaps}?watch=1&${mark}&resourceVersion=0`);
    const [first] = await watched.untilTold(2);
    expect(watched.summary).toEqual(['ADDED a', 'ADDED b']);
    expect(first.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { k: 'v' } });
    await corner.create(corner.configMaps, marked('c'));
    await watched.untilTold(3);
    expect(watched.summary.at(-1)).toBe('ADDED c');
  });

  // As client-go and informers of other languages begin theirs. A real API server may answer at first as below.
  test.for(['', '&resourceVersion=0'])(
    'with bookmarks begins with what is there, too ("%s")',
    async (from, { corner }) => {
      await makeTwo(corner);
      const watched = await until('a watch begins', async () => {
        const attempt = corner.watch(`${corner.configMaps}?watch=1&allowWatchBookmarks=true&${mark}${from}`);
        const [first] = await attempt.untilTold(1);
        return first.type === 'ADDED' && attempt;
      });
      await watched.untilTold(2);
      expect(watched.summary.slice(0, 2)).toEqual(['ADDED a', 'ADDED b']);
    },
  );

  // A real API server with an old etcd may not know in time that it has seen everything, and answers with a 504.
  test('from nowhere begins with what is there, as new as can be', async ({ corner }) => {
    await makeTwo(corner);
    const watched = await until('a watch begins', async () => {
      const attempt = corner.watch(`${corner.configMaps}?watch=1&${mark}`);
      const [first] = await attempt.untilTold(1);
      return first.type === 'ADDED' && attempt;
    });
    await watched.untilTold(2);
    expect(watched.summary).toEqual(['ADDED a', 'ADDED b']);
  });

  test('tells changes as they come, in their order', async ({ corner }) => {
    const from = await makeTwo(corner);
    const watched = corner.watch(`${corner.configMaps}?watch=1&${mark}&resourceVersion=${from}`);
    await changeThem(corner);
    await watched.untilTold(changes.length);
    expect(watched.summary).toEqual(changes);
    const versions = versionsOf(watched.told);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
  });

  test('resumed from a resourceVersion tells the same again', async ({ corner }) => {
    const from = await makeTwo(corner);
    await changeThem(corner);
    const watched = corner.watch(`${corner.configMaps}?watch=1&${mark}&resourceVersion=${from}`);
    const told = await watched.untilTold(changes.length);
    expect(watched.summary).toEqual(changes);
    const resumed = corner.watch(`${corner.configMaps}?watch=1&${mark}&resourceVersion=${versionsOf(told)[1]}`);
    await resumed.untilTold(2);
    expect(resumed.summary).toEqual(changes.slice(2));
  });

  test('tells of what leaves its selection as it was, under the new resourceVersion', async ({ corner }) => {
    const from = await makeTwo(corner);
    const left = await corner.api.patch(`${corner.configMaps}/a`, { metadata: { labels: { mark: 'no' } } });
    const watched = corner.watch(`${corner.configMaps}?watch=1&${mark}&resourceVersion=${from}`);
    const [event] = await watched.untilTold(1);
    expect(event).toMatchObject({
      type: 'DELETED',
      object: { metadata: { labels: { mark: 'yes' }, resourceVersion: left.metadata.resourceVersion } },
    });
  });

  test('of one name is told of that alone', async ({ corner }) => {
    const from = await makeTwo(corner);
    await changeThem(corner);
    const watched = corner.watch(
      `${corner.configMaps}?watch=1&fieldSelector=metadata.name%3Da&resourceVersion=${from}`,
    );
    await watched.untilTold(2);
    expect(watched.summary).toEqual(['MODIFIED a', 'MODIFIED a']);
  });

  test('of all namespaces is told of this one', async ({ corner }) => {
    const from = await makeTwo(corner);
    const watched = corner.watch(
      `/api/v1/configmaps?watch=1&fieldSelector=metadata.namespace%3D${corner.namespace}&${mark}&resourceVersion=${from}`,
    );
    await corner.create(corner.configMaps, marked('c'));
    await watched.untilTold(1);
    expect(watched.summary).toEqual(['ADDED c']);
  });

  test('of metadata only is told no more', async ({ corner }) => {
    const from = await makeTwo(corner);
    await changeThem(corner);
    const path = `${corner.configMaps}?watch=1&${mark}&resourceVersion=${from}`;
    const watched = corner.watch(path, metadataOnly);
    const told = await watched.untilTold(changes.length);
    expect(watched.summary).toEqual(changes);
    for (const { object } of told) {
      expect(object).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' });
      expect(object.data).toBeUndefined();
    }
  });

  test('ends after timeoutSeconds', async ({ corner }) => {
    const watched = corner.watch(`${corner.configMaps}?watch=1&timeoutSeconds=1&${mark}&resourceVersion=0`);
    await watched.untilEnded();
    expect(watched.told).toEqual([]);
  });

  test('gets a bookmark of what it was not told, two seconds before it ends', async ({ corner }) => {
    const from = await makeTwo(corner);
    const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=4&${mark}&resourceVersion=${from}`;
    const watched = corner.watch(`${corner.configMaps}?${query}`, metadataOnly);
    const { metadata } = await corner.create(corner.configMaps, marked('c', 'no'));
    await watched.untilEnded();
    expect(watched.told.at(-1)).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' },
    });
    expect(versionsOf(watched.told).at(-1)).toBeGreaterThanOrEqual(Number(metadata.resourceVersion));
    expect(new Set(watched.summary)).toEqual(new Set(['BOOKMARK']));
  });

  test('gets no bookmark that it did not ask for', async ({ corner }) => {
    const from = await makeTwo(corner);
    const watched = corner.watch(`${corner.configMaps}?watch=1&timeoutSeconds=4&${mark}&resourceVersion=${from}`);
    await corner.create(corner.configMaps, marked('c', 'no'));
    await watched.untilEnded();
    expect(watched.told).toEqual([]);
  });

  const needsMatch =
    'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
  test.for<[query: string, status: number, message: string]>([
    [
      'resourceVersion=abc',
      500,
      'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    ],
    [
      'resourceVersionMatch=NotOlderThan',
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    ],
    ['sendInitialEvents=true', 422, `ListOptions.meta.k8s.io "" is invalid: [${needsMatch}, ${noInitialEvents}]`],
    [initialEvents, 422, `ListOptions.meta.k8s.io "" is invalid: ${noInitialEvents}`],
  ])('with %s is refused with %d', async ([query, status, message], { corner }) => {
    const answer = await corner.send('GET', `${corner.configMaps}?watch=1&${query}`);
    expect(statusOf(answer)).toMatchObject({ status, message });
  });
});
