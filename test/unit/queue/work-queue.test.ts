import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ActError, type Outcome } from '../../../src/model/outcome.ts';
import { WorkQueue } from '../../../src/queue/work-queue.ts';

const done: Outcome = { result: 'done' };
const refused: Outcome = { result: 'refused', reason: 'Selector', message: 'no' };
const failed = (retryAfterMs?: number): Outcome => ({
  result: 'failed',
  error: new ActError('NoSpace', 'full', { retryAfterMs }),
});

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
  while (queue.depth > 0) keys.push((await queue.take()) ?? '');
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
    expect(queue.depth).toBe(0);
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
  const failAndWait = async (ms: number, outcome = failed()): Promise<boolean> => {
    expect(await queue.take()).toBe('a');
    queue.finish('a', outcome);
    await vi.advanceTimersByTimeAsync(ms);
    return queue.depth > 0;
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
      expect({ wait, depth: queue.depth }).toEqual({ wait, depth: 1 });
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

  test('is looked at at once when something changes', async () => {
    await failAndWait(1);
    queue.add('a');
    expect(await ready()).toEqual(['a']);
    queue.finish('a', done);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await ready()).toEqual([]); // the wait that was cut short does not come again
  });

  test('is looked at at once when something changed while it was worked on', async () => {
    await queue.take();
    queue.add('a');
    queue.finish('a', failed());
    expect(await ready()).toEqual(['a']);
  });

  test('waits longer still when a change did not help', async () => {
    await failAndWait(1);
    queue.add('a');
    expect(await failAndWait(firstBackoffMs)).toBe(false);
    await vi.advanceTimersByTimeAsync(firstBackoffMs);
    expect(queue.depth).toBe(1);
  });

  test('waits as long as the API server asks for', async () => {
    expect(await failAndWait(59_999, failed(60_000))).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(queue.depth).toBe(1);
  });

  test('waits its own time when the API server asks for less', async () => {
    expect(await failAndWait(firstBackoffMs * 0.89, failed(10))).toBe(false);
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
    expect(queue.depth).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(queue.depth).toBe(1);
  });

  test('comes back only by a change when its outcome names none', async () => {
    queue.finish('a', { result: 'waiting' });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(queue.depth).toBe(0);
  });
});

test('a refused key is not tried again by itself', async () => {
  queue.add('a');
  await queue.take();
  queue.finish('a', refused);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(queue.depth).toBe(0);
});

describe('keys beyond the limit', () => {
  let limit: number;
  beforeEach(() => {
    limit = 2;
    queue = new WorkQueue(() => limit);
    for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(key);
  });

  test('wait, however many workers there are, until one is finished', async () => {
    const taken: (string | undefined)[] = [];
    for (let worker = 0; worker < 4; worker += 1) void queue.take().then((key) => taken.push(key));
    await vi.advanceTimersByTimeAsync(0);
    expect(taken).toEqual(['a', 'b']);
    queue.finish('a', failed());
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
    queue.finish('failing', failed());
    queue.add('waiting');
    queue.stop();
    queue.add('late');
    queue.finish('running', failed());
    await vi.advanceTimersByTimeAsync(60_000);
    expect([queue.depth, await queue.take()]).toEqual([0, undefined]);
  });
});
