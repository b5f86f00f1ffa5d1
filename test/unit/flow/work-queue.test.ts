import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Change } from '../../../src/flow/change.ts';
import { ActError, type Outcome } from '../../../src/flow/outcome.ts';
import { WorkQueue } from '../../../src/flow/work-queue.ts';

const done: Outcome = { result: 'done' };
const refused: Outcome = { result: 'refused', reason: 'Selector', message: 'no' };
const failed: Outcome = { result: 'failed', error: new ActError('NoSpace', 'full') };
const refusedByServer = (retryAfterMs?: number): Outcome => ({
  result: 'failed',
  error: new ActError('ApiServerTooManyRequests', 'slow down'),
  server: { retryAfterMs, conflict: false },
});
const conflict: Outcome = {
  result: 'failed',
  error: new ActError('ApiServerConflict', 'changed'),
  server: { retryAfterMs: undefined, conflict: true },
};

/** Longer than any first back-off, shorter than the second one. */
const firstBackoffMs = 1_000;

let queue: WorkQueue;
beforeEach(() => {
  vi.useFakeTimers();
  queue = new WorkQueue();
});
afterEach(() => {
  queue.stop();
  expect(vi.getTimerCount()).toBe(0); // a stopped queue leaves nothing behind
  vi.useRealTimers();
});

/** The keys that workers can have now. */
async function ready(): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth() > 0) keys.push((await queue.take()) ?? '');
  return keys;
}

describe('a key', () => {
  test('waits once, however often it is added', async () => {
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    expect(await ready()).toEqual(['a', 'b']);
  });

  test('goes to a worker that waits for it, the longest waiting first', async () => {
    const [first, second] = [queue.take(), queue.take()];
    queue.add('a');
    queue.add('b');
    expect(await Promise.all([first, second])).toEqual(['a', 'b']);
    expect(queue.depth()).toBe(0);
  });

  test('has one worker at a time, and comes once more when it was added meanwhile', async () => {
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('a');
    expect(await ready()).toEqual([]);
    queue.finish('a', done);
    expect(await ready()).toEqual(['a']);
    queue.finish('a', done);
    expect(await ready()).toEqual([]);
  });

  test('does not hold up others while it is worked on', async () => {
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('b');
    expect(await ready()).toEqual(['b']);
  });

  test('stays away when it is finished, until it is added', async () => {
    queue.add('a');
    await queue.take();
    queue.finish('a', done);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(await ready()).toEqual([]);
    queue.add('a');
    expect(await ready()).toEqual(['a']);
  });
});

describe('a key that failed', () => {
  /** Works on the key and fails; tells whether it is back within that time. */
  const failAndWait = async (ms: number, outcome: Outcome = failed): Promise<boolean> => {
    expect(await queue.take()).toBe('a');
    queue.finish('a', outcome);
    await vi.advanceTimersByTimeAsync(ms);
    return queue.depth() > 0;
  };

  beforeEach(() => queue.add('a'));

  test('comes back after a while, not at once', async () => {
    expect(await failAndWait(firstBackoffMs * 0.89)).toBe(false);
    await vi.advanceTimersByTimeAsync(firstBackoffMs * 0.11);
    expect(await ready()).toEqual(['a']);
  });

  test('comes back ever more rarely, but twice a minute at least', async () => {
    for (const wait of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      expect({ wait, back: await failAndWait(wait * 0.89) }).toEqual({ wait, back: false });
      await vi.advanceTimersByTimeAsync(wait * 0.11);
      expect({ wait, depth: queue.depth() }).toEqual({ wait, depth: 1 });
    }
  });

  test.each([done, refused, { result: 'waiting' }] satisfies Outcome[])(
    'begins its waits anew after it was $result',
    async (outcome) => {
      await failAndWait(30_000);
      await failAndWait(30_000);
      await queue.take();
      queue.finish('a', outcome);
      queue.add('a');
      expect(await failAndWait(firstBackoffMs)).toBe(true);
    },
  );

  test('is looked at at once when its object changes', async () => {
    await failAndWait(1);
    queue.add('a', { of: 'claim', words: 'changed' });
    expect(await ready()).toEqual(['a']);
    queue.finish('a', done);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await ready()).toEqual([]); // the wait that was cut short does not come again
  });

  test('is looked at at once when something changed while it was worked on', async () => {
    await queue.take();
    queue.add('a', { of: 'claim', words: 'changed' });
    queue.finish('a', failed);
    expect(await ready()).toEqual(['a']);
  });

  test('is looked at once for all that changed while it was worked on', async () => {
    await queue.take();
    const taken = queue.take();
    queue.add('a');
    queue.add('a', 'surroundings');
    queue.add('a', { of: 'claim', words: 'changed' });
    queue.finish('a', failed);
    expect(await taken).toBe('a');
    queue.finish('a', done);
    expect(await ready()).toEqual([]);
  });

  test('is looked at when any of its objects changes, and not when one is told of again that it knew', async () => {
    const change = (of: 'claim' | 'volume', words: string) => queue.add('a', { of, words });
    change('claim', 'waits');
    change('volume', 'released');
    await failAndWait(1, refusedByServer());
    change('volume', 'released');
    change('claim', 'waits');
    expect(await ready()).toEqual([]);
    change('volume', 'gone');
    expect(await failAndWait(1, refusedByServer())).toBe(false);
    change('volume', 'gone');
    expect(await ready()).toEqual([]);
    change('claim', 'gone');
    expect(await ready()).toEqual(['a']);
  });

  test('is looked at at once when one of its objects changed while it was worked on, whichever was told last', async () => {
    queue.add('a', { of: 'claim', words: 'waits' });
    await queue.take();
    queue.add('a', { of: 'volume', words: 'gone' });
    queue.add('a', { of: 'claim', words: 'waits' });
    queue.finish('a', refusedByServer());
    expect(await ready()).toEqual(['a']);
  });

  test('waits longer still when a change did not help', async () => {
    await failAndWait(1);
    queue.add('a', { of: 'claim', words: 'changed' });
    expect(await failAndWait(firstBackoffMs)).toBe(false);
    await vi.advanceTimersByTimeAsync(firstBackoffMs);
    expect(queue.depth()).toBe(1);
  });

  test('waits as long as the API server asks for', async () => {
    expect(await failAndWait(59_999, refusedByServer(60_000))).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(queue.depth()).toBe(1);
  });

  test('waits its own time when the API server asks for less', async () => {
    expect(await failAndWait(firstBackoffMs * 0.89, refusedByServer(10))).toBe(false);
  });

  test('keeps to what the API server asked for whatever changes, and then comes without its own back-off', async () => {
    queue.add('a', { of: 'claim', words: 'first' });
    for (const wait of [1_000, 2_000]) await failAndWait(wait);
    expect(await failAndWait(1_000, refusedByServer(2_000))).toBe(false); // its own back-off is 4 s
    queue.add('a');
    queue.add('a', 'surroundings');
    queue.add('a', { of: 'claim', words: 'changed' });
    await vi.advanceTimersByTimeAsync(999);
    expect(await ready()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await ready()).toEqual(['a']);
  });

  test('is tried no more often when its object is touched ten times a second', async () => {
    let tries = 0;
    for (let ms = 0; ms < 13_000; ms += 100) {
      queue.add('a', { of: 'claim', words: 'the same' });
      queue.add('a', 'surroundings');
      for (const key of await ready()) {
        tries += 1;
        queue.finish(key, refusedByServer());
      }
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(tries).toBe(4); // at 0, 1, 3 and 7 s
  });

  test('comes back soon after a first conflict, and then as after any failure', async () => {
    expect(await failAndWait(100, conflict)).toBe(true);
    expect(await failAndWait(firstBackoffMs * 0.89, conflict)).toBe(false);
    await vi.advanceTimersByTimeAsync(firstBackoffMs * 0.11);
    expect(await failAndWait(2 * firstBackoffMs * 0.89, conflict)).toBe(false);
  });

  test('is counted as long as it fails', async () => {
    await failAndWait(30_000);
    await failAndWait(30_000);
    expect(queue.failures('a')).toBe(2);
    await queue.take();
    queue.finish('a', done);
    expect(queue.failures('a')).toBe(0);
  });

  test('does not make others wait', async () => {
    await failAndWait(1);
    queue.add('b');
    expect(await ready()).toEqual(['b']);
  });
});

describe('a key that waits', () => {
  beforeEach(async () => {
    queue.add('a');
    await queue.take();
  });

  test('comes back after the time that its outcome names', async () => {
    queue.finish('a', { result: 'waiting', afterMs: 10_000 });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(queue.depth()).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(queue.depth()).toBe(1);
  });

  test.each<[string, Change]>([
    ['perhaps nothing', 'perhaps'],
    ['its surroundings', 'surroundings'],
    ['its object', { of: 'claim', words: 'changed' }],
  ])('comes back at once for a change of %s', async (_, change) => {
    queue.finish('a', { result: 'waiting', afterMs: 10_000 });
    queue.add('a', change);
    expect(await ready()).toEqual(['a']);
  });

  test('comes back only by a change when its outcome names none', async () => {
    queue.finish('a', { result: 'waiting' });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(queue.depth()).toBe(0);
  });
});

test('a refused key is not tried again by itself', async () => {
  queue.add('a');
  await queue.take();
  queue.finish('a', refused);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(queue.depth()).toBe(0);
});

test('a refused key is tried again after the time that its outcome names', async () => {
  queue.add('a');
  await queue.take();
  queue.finish('a', { ...refused, afterMs: 10_000 });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(queue.depth()).toBe(1);
});

describe('keys beyond the limit', () => {
  let limit: number;
  beforeEach(() => {
    limit = 2;
    queue = new WorkQueue({ atOnce: () => limit });
    for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key);
  });

  test('wait, however many workers there are, until one is finished', async () => {
    const taken: (string | undefined)[] = [];
    for (let worker = 0; worker < 4; worker += 1) void queue.take().then((key) => taken.push(key));
    await vi.advanceTimersByTimeAsync(0);
    expect(taken).toEqual(['a', 'b']);
    queue.finish('a', failed);
    await vi.advanceTimersByTimeAsync(0);
    expect(taken).toEqual(['a', 'b', 'c']);
  });

  test('are given out when the limit has risen', async () => {
    const taken: (string | undefined)[] = [];
    for (let worker = 0; worker < 5; worker += 1) void queue.take().then((key) => taken.push(key));
    limit = 4;
    queue.finish('a', done);
    await vi.advanceTimersByTimeAsync(0);
    expect(taken).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('wait for a limit that has fallen to be kept again', async () => {
    const taken: (string | undefined)[] = [];
    for (let worker = 0; worker < 3; worker += 1) void queue.take().then((key) => taken.push(key));
    limit = 1;
    queue.finish('a', done);
    await vi.advanceTimersByTimeAsync(0);
    expect(taken).toEqual(['a', 'b']);
    queue.finish('b', done);
    await vi.advanceTimersByTimeAsync(0);
    expect(taken).toEqual(['a', 'b', 'c']);
  });
});

describe('lanes', () => {
  const laneOf = (key: string) => key.charAt(0);
  beforeEach(() => {
    queue = new WorkQueue({ laneOf });
  });

  test('are taken from in turn, so that many keys in one hold up no key in another', async () => {
    for (const key of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'a5']) queue.add(key);
    expect([queue.depth('a'), queue.depth('b'), queue.depth('c')]).toEqual([5, 2, 0]);
    const taken: (string | undefined)[] = [];
    for (let keys = 0; keys < 7; keys += 1) taken.push(await queue.take());
    expect(taken).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'a4', 'a5']);
  });

  test('that have been empty get their turn again', async () => {
    queue.add('a1');
    await queue.take();
    for (const key of ['a2', 'a3', 'b1']) queue.add(key);
    const taken = [await queue.take(), await queue.take(), await queue.take()];
    expect(taken.indexOf('b1')).toBeLessThan(2);
  });

  test('share one limit', async () => {
    queue = new WorkQueue({ laneOf, atOnce: () => 2 });
    for (const key of ['a1', 'a2', 'b1']) queue.add(key);
    const taken: (string | undefined)[] = [];
    for (let worker = 0; worker < 3; worker += 1) void queue.take().then((key) => taken.push(key));
    await vi.advanceTimersByTimeAsync(0);
    expect(taken).toEqual(['a1', 'b1']);
  });

  test('have a key once, although its lane changed since it was added', async () => {
    const lanes = new Map([['k', 'claims']]);
    queue = new WorkQueue({ laneOf: (key) => lanes.get(key) ?? 'volumes' });
    queue.add('k');
    lanes.clear();
    queue.add('k');
    expect([queue.depth('claims'), queue.depth('volumes')]).toEqual([1, 0]);
  });
});

describe('a stopped queue', () => {
  test('sends its workers home', async () => {
    const waiting = [queue.take(), queue.take()];
    queue.stop();
    expect(await Promise.all([...waiting, queue.take()])).toEqual([undefined, undefined, undefined]);
  });

  test('gives out nothing that waited, was in back-off, or is added or finished later', async () => {
    queue.add('running');
    queue.add('failing');
    await queue.take();
    await queue.take();
    queue.finish('failing', failed);
    queue.add('waiting');
    queue.stop();
    queue.add('late');
    queue.finish('running', failed);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([queue.depth(), await queue.take()]).toEqual([0, undefined]);
  });
});
