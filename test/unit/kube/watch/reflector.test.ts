import { describe, expect, test } from 'vitest';
import { type ReflectorOptions, startReflector } from '../../../../src/kube/watch/reflector.ts';
import type { MetadataObject } from '../../../../src/model/kubernetes.ts';
import { capturedLog } from '../../../support/captured-log.ts';
import {
  end,
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
import { until } from '../../../support/until.ts';
import {
  asked,
  Believer,
  change,
  errorChange,
  expired,
  pausesMs,
  proofPath,
  ScriptedCollection,
} from '../scripted-collection.ts';
import { connectTo } from '../scripted-connection.ts';

const path = '/api/v1/persistentvolumes';
const timing = { steadyMs: 20 };
/** For watches that fall silent. */
const impatient = { steadyMs: 1, silenceMs: 200 };

/** A reflector of a collection, both of which end with the test. */
async function reflect(
  collection: ScriptedCollection,
  options: Partial<ReflectorOptions<MetadataObject>> & { port?: number } = {},
) {
  const server = options.port === undefined ? await ScriptedServer.start(collection.answer) : undefined;
  const connection = await connectTo({ url: server?.url ?? `http://127.0.0.1:${options.port}` });
  const stop = new AbortController();
  const believer = new Believer();
  const { lines, log } = capturedLog();
  const reflector = startReflector({
    connection,
    selection: { path },
    proof: { path: proofPath },
    handler: believer,
    signal: stop.signal,
    log,
    timing,
    ...options,
  });
  return {
    believer,
    reflector,
    stop,
    lines,
    server,
    believesTheWorld: () =>
      until(
        `${JSON.stringify(believer.believes)} to be ${JSON.stringify(collection.world())}`,
        () => JSON.stringify(believer.believes) === JSON.stringify(collection.world()),
        { everyMs: 5 },
      ),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await reflector.stopped;
      await connection.close();
      await server?.[Symbol.asyncDispose]();
    },
  };
}

describe('a reflector', () => {
  test('tells everything that there is, then every change', async () => {
    const collection = new ScriptedCollection().put('a').put('b');
    await using run = await reflect(collection);
    expect(await run.reflector.synced).toBe(true);
    expect(run.believer.told).toEqual(['listing', 'present a', 'present b', 'listed']);

    collection.put('c').put('a').remove('b');
    await run.believesTheWorld();
    expect(run.believer.told.slice(4)).toEqual(['present c', 'present a', 'gone b']);
    expect(run.lines).toEqual([]);
  });

  test('asks for more objects when they are small, fewer when they are large, and again for a page that is too long', async () => {
    const collection = new ScriptedCollection();
    for (let count = 0; count < 200; count += 1) collection.put(`object-${count}`, count < 16 ? 10 : 200_000);
    await using run = await reflect(collection);
    await run.reflector.synced;
    const limits = asked(collection.lists, 'limit').map(Number);
    expect(limits.slice(0, 4)).toEqual([16, 128, 32, 8]);
    expect(Math.max(...limits.slice(4))).toBeLessThanOrEqual(8);
    await run.believesTheWorld();
  });

  test('asks for what was selected, and for bookmarks', async () => {
    const collection = new ScriptedCollection();
    const selection = { path, labelSelector: 'a=b', fieldSelector: 'metadata.name=c', metadataOnly: true };
    await using run = await reflect(collection, { selection });
    await until('a watch', () => run.server?.requests[1]);
    const [list, watch] = run.server?.requests ?? [];
    const asked = { labelSelector: 'a=b', fieldSelector: 'metadata.name=c' };
    expect(Object.fromEntries(list?.query ?? [])).toEqual({ ...asked, limit: '16' });
    expect(list?.headers.accept).toBe('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1');
    const { timeoutSeconds, ...watched } = Object.fromEntries(watch?.query ?? []);
    expect(watched).toEqual({ ...asked, watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '100' });
    expect(Number(timeoutSeconds)).toBeGreaterThanOrEqual(300);
    expect(Number(timeoutSeconds)).toBeLessThanOrEqual(600);
    expect(watch?.headers.accept).toBe('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
  });

  test.each<[string, Reply[]]>([
    ['within a list', [json(200, { metadata: { continue: 'x' }, items: [{ metadata: { name: 'a' } }] }), silence]],
    ['while it waits', [status(429, 'TooManyRequests', 'slow', { 'retry-after': '60' })]],
  ])('stops at once %s and tells nothing more', async (_, faults) => {
    const collection = new ScriptedCollection().put('a').put('b');
    collection.listFaults.push(...faults);
    await using run = await reflect(collection);
    await until('the faults', () => run.reflector.state().trouble ?? collection.lists.length === 2);
    const told = [...run.believer.told];
    const sinceMs = performance.now();
    run.stop.abort();
    await run.reflector.stopped;
    expect(performance.now() - sinceMs).toBeLessThan(500);
    expect(await run.reflector.synced).toBe(false);
    expect(run.believer.told).toEqual(told);
  });

  test('tells nothing more of what has come already once its handler stops it', async () => {
    const collection = new ScriptedCollection().put('a').put('b').put('c');
    const stop = new AbortController();
    const handler = new Believer();
    handler.present = ({ metadata }) => stop.abort(handler.told.push(`present ${metadata?.name}`));
    await using run = await reflect(collection, { handler, signal: stop.signal });
    await run.reflector.stopped;
    expect(handler.told).toEqual(['listing', 'present a']);
  });

  test('goes on when its handler throws, and says so', async () => {
    const collection = new ScriptedCollection().put('a').put('bad').put('c');
    class Fragile extends Believer {
      override present(object: MetadataObject): void {
        if (object.metadata?.name === 'bad') throw new Error('bad');
        super.present(object);
      }
    }
    const handler = new Fragile();
    await using run = await reflect(collection, { handler });
    await run.reflector.synced;
    collection.put('bad').put('d');
    await until('the object after', () => handler.told.includes('present d'));
    expect(Object.keys(handler.believes)).toEqual(['a', 'c', 'd']);
    expect(run.lines).toMatchObject([1, 2].map(() => ({ level: 'error', msg: 'handler threw on a change' })));
  });
});

describe.concurrent('a watch that fails', () => {
  const object = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } });
  const whole = Buffer.from(change('ADDED', object('grün', '103')));
  /** Once with the credentials that we have, once with fresh ones. */
  const refused = status(401, 'Unauthorized', 'who');
  const inCharacter = whole.indexOf('ü') + 1;

  /** With the most lists and watches that it may take. */
  test.each<[string, Reply[], number, number]>([
    ['ends after a while', [inTurn(40, part(''), end)], 1, 2],
    ['ends at once', [inTurn(1, part(''), end)], 1, 2],
    ['is too old (HTTP 410)', [expired], 2, 2],
    ['is told to be too old, on a stream that stays open', [part(errorChange(410, 'Expired'))], 2, 2],
    ['is told another error', [part(errorChange(500, 'InternalError'))], 1, 2],
    ['is refused for overload', [status(429, 'TooManyRequests', 'slow')], 1, 2],
    ['is refused for lack of rights', [status(403, 'Forbidden', 'no')], 1, 2],
    ['is refused for want of credentials', [refused, refused], 1, 3],
    ['meets a failed server that speaks no JSON', [text(500, 'oops')], 1, 2],
    ['is reset before the answer', [reset], 1, 2],
    ['is reset within the answer', [inTurn(40, part(''), reset)], 1, 2],
    ['ends within a line', [inTurn(10, part('{"type":"ADDED","obj'), end)], 1, 2],
    ['ends within a character', [inTurn(10, part(whole.subarray(0, inCharacter)), end)], 1, 2],
    [
      'is cut within a character and goes on',
      [inTurn(10, part(whole.subarray(0, inCharacter)), part(whole.subarray(inCharacter)), end)],
      1,
      2,
    ],
    ['brings a line that is not JSON', [part('{"type":}\n')], 2, 2],
    ['brings JSON that is no change', [part('{"kind":"Status"}\n')], 2, 2],
    ['brings a change without object', [part('{"type":"ADDED","object":null}\n')], 2, 2],
    ['brings a line that never ends', [part('x'.repeat(5_000))], 2, 2],
  ])('and %s costs no change', async (_, fault, lists, watches) => {
    const collection = new ScriptedCollection().put('kept').put('removed');
    collection.watchFaults.push(...fault);
    await using run = await reflect(collection, { longestLineBytes: 4_000 });
    await until('the faulty watch', () => collection.watches.length > 0);
    collection.put('grün').remove('removed').put('late');

    await run.believesTheWorld();
    expect(collection.lists.length).toBeLessThanOrEqual(lists);
    expect(collection.watches.length).toBeLessThanOrEqual(watches);
    await until('no trouble', () => run.reflector.state().trouble === undefined);
  });
});

describe.concurrent('after a break', () => {
  test.each([
    ['before the answer', silence],
    ['within the answer', part('')],
  ])('a watch that falls silent %s is begun anew', async (_, fault) => {
    const collection = new ScriptedCollection().put('a');
    collection.watchFaults.push(fault);
    await using run = await reflect(collection, { timing: impatient });
    await until('the silent watch', () => collection.watches.length > 0);
    collection.put('b');
    await run.believesTheWorld();
    expect(pausesMs(collection.watches)[0]).toBeGreaterThan(100);
    expect(collection.lists).toHaveLength(1);
  });

  test('a watch goes on from the last bookmark', async () => {
    const collection = new ScriptedCollection().put('a');
    const bookmark = change('BOOKMARK', { metadata: { resourceVersion: '103' } });
    collection.watchFaults.push((response) => {
      collection.put('b').remove('b'); // a server has the version that its bookmark names
      inTurn(40, part(bookmark), end)(response);
    });
    await using run = await reflect(collection);
    await until('the next watch', () => collection.watches.length === 2);
    expect(asked(collection.watches, 'resourceVersion')).toEqual(['101', '103']);
    expect(run.believer.told).toEqual(['listing', 'present a', 'listed']);
  });

  test('a list goes on from the page that failed', async () => {
    const collection = new ScriptedCollection().put('a').put('b').put('c').put('d').put('e');
    collection.listFaults.push(undefined, status(500, 'InternalError', 'oops'), reset, reset);
    await using run = await reflect(collection, { pageSize: 2 });
    await run.believesTheWorld();
    // A read whose connection broke is made once more at once: so there are two requests to the two resets.
    expect(asked(collection.lists, 'continue')).toEqual([null, '2', '2', '2', '2', '4']);
    expect(run.believer.told.filter((word) => word === 'listing')).toHaveLength(1);
  });

  test('a list that expires between its pages begins anew', async () => {
    const collection = new ScriptedCollection().put('a').put('b').put('c');
    collection.listFaults.push(json(200, pageOf(['a', 'forgotten'], '2')), expired);
    await using run = await reflect(collection, { pageSize: 2 });
    await run.believesTheWorld();
    expect(asked(collection.lists, 'continue')).toEqual([null, '2', null, '2']);
    expect(run.believer.told.filter((word) => word === 'listing')).toHaveLength(2);
    expect(run.believer.told.filter((word) => word === 'listed')).toHaveLength(1);
  });

  test('a version that only leads to errors is given up', async () => {
    const collection = new ScriptedCollection().put('a');
    const tooLarge = status(504, 'Timeout', 'Too large resource version');
    collection.watchFaults.push(tooLarge, tooLarge, tooLarge);
    await using run = await reflect(collection);
    await until('another list', () => collection.lists.length === 2);
    collection.put('b');
    await run.believesTheWorld();
    expect(collection.watches).toHaveLength(4);
  });

  test('everything is listed when the server has gone back to an older version', async () => {
    const collection = new ScriptedCollection().put('a').put('b').put('c');
    await using run = await reflect(collection);
    await until('a watch', () => collection.watches.length === 1);
    collection.restore(['a', 'restored'], 50);
    await run.believesTheWorld();
    collection.put('d');
    await run.believesTheWorld();
  });

  test.each([
    ['was cut', reset],
    ['the server ended', end],
  ])('a watch that held and that %s is watched on without a word, but for the debug log', async (_, fault) => {
    const collection = new ScriptedCollection().put('a');
    const held = inTurn(20 * timing.steadyMs, part(''), fault);
    collection.watchFaults.push(held, held, held);
    await using run = await reflect(collection);
    const troubles: unknown[] = [];
    await until('three more watches', () => {
      const { trouble } = run.reflector.state();
      if (trouble !== undefined) troubles.push(trouble);
      return collection.watches.length === 4;
    });
    collection.put('b');
    await run.believesTheWorld();
    expect(run.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
    expect(troubles).toEqual([]);
    expect(collection.lists).toHaveLength(1);
  });

  test('everything is told as soon as the API server is there', async () => {
    const first = await ScriptedServer.start(() => silence);
    await first[Symbol.asyncDispose]();
    const collection = new ScriptedCollection().put('a');
    await using run = await reflect(collection, { port: first.port });
    await until('trouble', () => run.reflector.state().trouble);
    expect(run.reflector.state()).toMatchObject({
      synced: false,
      trouble: { message: expect.stringContaining('ECONNREFUSED') },
    });

    await using _ = await ScriptedServer.start(collection.answer, { port: first.port });
    expect(await run.reflector.synced).toBe(true);
    await until('no trouble', () => run.reflector.state().trouble === undefined);
    await run.believesTheWorld();
  });
});

/** A proxy keeps back what watches deliver. */
describe.concurrent('where watches deliver nothing', () => {
  const hasty = { ...impatient, proofMs: 1_000, listEveryMs: 50 };
  const keptBack = [
    { level: 'warn', msg: expect.stringContaining('listing instead') },
    { level: 'info', msg: expect.stringContaining('watching instead') },
  ];

  test.each([
    ['are opened', part('')],
    ['are not even answered', silence],
  ])('although they %s, changes are found by listing until watches deliver', async (_, reply) => {
    const collection = new ScriptedCollection().put('a').put('removed');
    collection.streams = reply;
    await using run = await reflect(collection, { timing: hasty });
    await run.reflector.synced;
    collection.put('b').remove('removed');
    await run.believesTheWorld();
    expect(run.reflector.state()).toMatchObject({ trouble: undefined, listsInstead: true });
    collection.put('c');
    await run.believesTheWorld();

    collection.streams = undefined;
    await until('watches', () => !run.reflector.state().listsInstead);
    const lists = collection.lists.length;
    collection.put('d');
    await run.believesTheWorld();
    expect(collection.lists).toHaveLength(lists);
    const said = run.lines.filter(({ msg }) => /instead/.test(msg));
    expect(said).toMatchObject(keptBack);
  });

  test.each([
    ['there is not', json(200, { metadata: {}, items: [] })],
    ['may not be asked for', status(403, 'Forbidden', 'no')],
  ])('and what would prove it %s, watches are trusted', async (_, reply) => {
    const collection = new ScriptedCollection().put('a');
    collection.proofAnswer = reply;
    await using run = await reflect(collection, { timing: { ...hasty, silenceMs: 50 } });
    await until('many watches', () => collection.watches.length === 5);
    expect(run.reflector.state().listsInstead).toBe(false);
    expect(collection.lists).toHaveLength(1);
  });

  test('and nothing changes, nothing is listed', async () => {
    const collection = new ScriptedCollection().put('a');
    collection.streams = part('');
    await using run = await reflect(collection, { timing: { ...hasty, proofMs: 100 } });
    await until('looks at the version', () => collection.versionLooks >= 4);
    expect(run.reflector.state().listsInstead).toBe(true);
    expect(collection.lists).toHaveLength(1);
  });

  test('lists keep their distance', async () => {
    const collection = new ScriptedCollection().put('a');
    collection.streams = part('');
    await using run = await reflect(collection, { timing: { ...hasty, proofMs: 20, listEveryMs: 200 } });
    await until('a list', () => run.reflector.state().listsInstead);
    await until('three lists', () => collection.put('b').lists.length >= 4);
    for (const pauseMs of pausesMs(collection.lists).slice(1)) expect(pauseMs).toBeGreaterThan(190);
  });
});

describe.concurrent('trouble', () => {
  test('is logged once when it begins and once when it is over, however often we try', async () => {
    const collection = new ScriptedCollection();
    const failure = status(503, 'ServiceUnavailable', 'starting');
    collection.listFaults.push(failure, failure);
    collection.watchFaults.push(reset, failure);
    await using run = await reflect(collection);
    await until('the end of it', () => run.lines.some(({ level }) => level === 'info'));
    expect(run.lines.filter(({ level }) => level !== 'debug')).toMatchObject([
      { level: 'warn', msg: 'watch failed, retrying' },
      { level: 'info', msg: 'watch works again' },
    ]);
  });

  test('can be asked for, in words and since when', async () => {
    const collection = new ScriptedCollection();
    const forbidden = status(403, 'Forbidden', 'no right to watch');
    collection.watchFaults.push(forbidden, forbidden, forbidden, forbidden);
    await using run = await reflect(collection);
    const first = await until('trouble', () => run.reflector.state().trouble);
    await until('another try', () => collection.watches.length >= 2);
    expect(run.reflector.state()).toMatchObject({ synced: true, trouble: first });
    expect(first.message).toBe(`cannot watch ${path}: no right to watch (HTTP 403)`);
  });
});

describe.concurrent('the rate of requests', () => {
  test.each([
    ['watch ends at once', inTurn(1, part(''), end), 1, 5],
    ['version is too old', part(errorChange(410, 'Expired')), 5, 5],
  ])('stays low while every %s', async (_, fault, lists, watches) => {
    const collection = new ScriptedCollection();
    collection.watchFaults.push(...Array.from({ length: 100 }, () => fault));
    await using run = await reflect(collection, { timing: {} });
    await until('five watches', () => collection.watches.length === watches);
    const pauses = pausesMs(collection.watches);
    expect(pauses.map((pauseMs, index) => pauseMs >= 90 * 2 ** index)).toEqual(Array(4).fill(true));
    expect(collection.lists).toHaveLength(lists);
    expect(run.server?.connections).toBeLessThanOrEqual(8);
  });

  test('keeps to what the server asks for', async () => {
    const collection = new ScriptedCollection();
    collection.watchFaults.push(status(429, 'TooManyRequests', 'slow', { 'retry-after': '1' }));
    await using _ = await reflect(collection);
    await until('the next watch', () => collection.watches.length === 2);
    expect(pausesMs(collection.watches)[0]).toBeGreaterThan(950);
  });
});

function pageOf(names: string[], next: string) {
  return { metadata: { continue: next }, items: names.map((name) => ({ metadata: { name } })) };
}
