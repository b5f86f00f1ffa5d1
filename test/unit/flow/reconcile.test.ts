import { describe, expect, test, vi } from 'vitest';
import { ActError, type Outcome } from '../../../src/flow/outcome.ts';
import { type Flow, type Look, work } from '../../../src/flow/reconcile.ts';
import { WorkQueue } from '../../../src/flow/work-queue.ts';

const done: Outcome = { result: 'done' };

/** Works on the key once, and returns what was reported. */
async function looksAt(key: string, stages: Partial<Flow<string, string>>): Promise<Look<string, string>[]> {
  const queue = new WorkQueue();
  const looks: Look<string, string>[] = [];
  queue.add(key);
  await work(1, queue, {
    observe: async (observed) => `view of ${observed}`,
    decide: (view) => `decision on ${view}`,
    act: async () => done,
    report: (look) => {
      looks.push(look);
      queue.stop();
    },
    ...stages,
  });
  return looks;
}

const fail = () => {
  throw new ActError('NoSpace', 'full');
};

describe('a key', () => {
  test('passes observe, decide and act, and what came of it is reported once', async () => {
    const acted: string[] = [];
    const act = async (decision: string, view: string): Promise<Outcome> => {
      acted.push(decision, view);
      return { result: 'waiting', afterMs: 5 };
    };
    expect(await looksAt('a', { act })).toEqual([
      {
        key: 'a',
        view: 'view of a',
        decision: 'decision on view of a',
        outcome: { result: 'waiting', afterMs: 5 },
        failures: 0,
        durationMs: expect.any(Number),
      },
    ]);
    expect(acted).toEqual(['decision on view of a', 'view of a']);
  });

  test.each<[keyof Flow<string, string>, { view?: string; decision?: string }]>([
    ['observe', {}],
    ['decide', { view: 'view of a' }],
    ['act', { view: 'view of a', decision: 'decision on view of a' }],
  ])('whose %s throws has failed, and is reported with what was known', async (stage, known) => {
    const [look] = await looksAt('a', { [stage]: fail });
    expect(look?.outcome).toMatchObject({ result: 'failed', error: { reason: 'NoSpace' } });
    expect([look?.view, look?.decision]).toEqual([known.view, known.decision]);
  });
});

test('workers take as many keys at once as there are workers, and end when the queue is stopped', async () => {
  const queue = new WorkQueue();
  const opened = Promise.withResolvers<Outcome>();
  const begun: string[] = [];
  for (const key of ['a', 'b', 'c']) queue.add(key);
  const working = work(2, queue, {
    observe: async (key) => key,
    decide: (key) => key,
    act: (key) => {
      begun.push(key);
      return opened.promise;
    },
    report: ({ key }) => {
      if (key === 'c') queue.stop();
    },
  });
  await vi.waitFor(() => expect(begun).toEqual(['a', 'b']));
  opened.resolve(done);
  await working;
  expect(begun).toEqual(['a', 'b', 'c']);
});
