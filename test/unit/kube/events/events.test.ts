import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiError } from '../../../../src/kube/calls/kube-api.ts';
import type { EventNote } from '../../../../src/kube/events/event-object.ts';
import { type EventLimits, EventRecorder, type EventRecorderOptions } from '../../../../src/kube/events/events.ts';
import type { EventObject } from '../../../../src/model/kubernetes.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-22T12:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Keeps Events as an API server does, slowly or not at all if told so. */
class FakeEvents {
  readonly created: EventObject[] = [];
  readonly repeated: EventObject[] = [];
  readonly #expired = new Set<string>();
  /** Thrown by the next calls, in turn. */
  readonly failures: ApiError[] = [];
  tookEffectAnyway = false;
  latencyMs = 0;
  atOnce = 0;
  mostAtOnce = 0;

  expire(): void {
    for (const { metadata } of this.created) this.#expired.add(metadata.name ?? '');
  }

  readonly createEvent = (event: EventObject): Promise<EventObject> =>
    this.#call(event, () => {
      const taken = this.created.some(({ metadata }) => metadata.name === event.metadata.name);
      if (taken && !this.#expired.delete(event.metadata.name ?? '')) throw new ApiError('AlreadyExists', 'taken');
      this.created.push(event);
    });

  readonly repeatEvent = async (event: EventObject): Promise<void> => {
    await this.#call(event, () => {
      if (this.#expired.has(event.metadata.name ?? '')) throw new ApiError('NotFound', 'expired');
      this.repeated.push(event);
    });
  };

  /** What a user sees: each Event's message with its count. */
  seen(): Record<string, number | undefined> {
    return Object.fromEntries([...this.created, ...this.repeated].map(({ message, count }) => [message, count]));
  }

  async #call(event: EventObject, effect: () => void): Promise<EventObject> {
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    await new Promise((resolve) => setTimeout(resolve, this.latencyMs));
    this.atOnce -= 1;
    const failure = this.failures.shift();
    if (failure === undefined || this.tookEffectAnyway) effect();
    if (failure !== undefined) throw failure;
    return event;
  }
}

function newRecorder(limits: Partial<EventLimits> = {}) {
  const api = new FakeEvents();
  const warnings: object[] = [];
  const log = { debug() {}, warn: (fields: object) => warnings.push(fields) } as unknown as EventRecorderOptions['log'];
  const source = { component: 'hostpath-provisioner', host: 'node-1' };
  return { api, recorder: new EventRecorder({ api, source, log, limits }), warnings };
}

/** Closes, and lets the time pass that this may take. */
async function close(recorder: EventRecorder, deadlineMs: number): Promise<void> {
  const closing = recorder.close(deadlineMs);
  await vi.advanceTimersByTimeAsync(deadlineMs);
  await closing;
}

const note = (message: string, changes: Partial<EventNote> = {}): EventNote => ({
  regarding: { kind: 'PersistentVolumeClaim', namespace: 'default', name: 'data', uid: 'u-1' },
  type: 'Normal',
  reason: 'Provisioning',
  message,
  ...changes,
});

const warning = (message: string) => note(message, { type: 'Warning', reason: 'ProvisioningFailed' });
const unknown = () => new ApiError('Unknown', 'no answer');

/** Emits the notes, each after a wait. */
async function emitEach(recorder: EventRecorder, afterMs: number, ...notes: EventNote[]): Promise<void> {
  for (const each of notes) {
    recorder.emit(each);
    await vi.advanceTimersByTimeAsync(afterMs);
  }
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => note(`${index}`));

describe('the same note', () => {
  test('becomes one Event that is counted up', async () => {
    const { api, recorder } = newRecorder();
    await emitEach(recorder, 60_000, ...Array(5).fill(warning('disk full')));
    expect(api.created).toHaveLength(1);
    expect(api.repeated.at(-1)).toMatchObject({ count: 5, lastTimestamp: '2026-11-22T12:04:00Z' });
    expect(api.repeated.at(-1)?.firstTimestamp).toBe('2026-11-22T12:00:00Z');
  });

  test('is counted before it is sent when many come at once', async () => {
    const { api, recorder } = newRecorder();
    api.latencyMs = 100;
    for (let told = 0; told < 1_000; told += 1) recorder.emit(warning('disk full'));
    await close(recorder, 1_000);
    expect(api.seen()).toEqual({ 'disk full': 1_000 });
    expect(api.created.length + api.repeated.length).toBe(2);
  });

  test.each<[string, number, Partial<EventLimits>, EventNote[]]>([
    ['after ten minutes of silence', 600_000, {}, [warning('a'), warning('a')]],
    ['when two others came after it', 1_000, { remembered: 2 }, ['a', 'b', 'c', 'a'].map(warning)],
    [
      'of another object, reason or type',
      1_000,
      {},
      [
        note('same'),
        note('same', { reason: 'Other' }),
        note('same', { type: 'Warning' }),
        note('same', { regarding: { kind: 'PersistentVolume', name: 'pvc-1', uid: 'u-2' } }),
      ],
    ],
  ])('%s is another Event', async (_, afterMs, limits, notes) => {
    const { api, recorder } = newRecorder(limits);
    await emitEach(recorder, afterMs, ...notes);
    expect(api.created.map(({ message }) => message)).toEqual(notes.map(({ message }) => message));
  });

  test('becomes a new Event when the API server has forgotten the old one', async () => {
    const { api, recorder } = newRecorder();
    await emitEach(recorder, 1_000, warning('disk full'));
    api.expire();
    await emitEach(recorder, 1_000, warning('disk full'));
    expect(api.created.map(({ count }) => count)).toEqual([1, 2]);
  });
});

describe('the budget', () => {
  test('lets a burst through and then a steady rate', async () => {
    const { api, recorder } = newRecorder();
    await emitEach(recorder, 0, ...numbered(300));
    await vi.advanceTimersByTimeAsync(100);
    expect(Math.abs(api.created.length - 100)).toBeLessThan(5);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(Math.abs(api.created.length - 200)).toBeLessThan(5);
  });

  test('allows two calls at a time', async () => {
    const { api, recorder } = newRecorder();
    api.latencyMs = 50;
    for (const each of numbered(50)) recorder.emit(each);
    await close(recorder, 10_000);
    expect(api.created).toHaveLength(50);
    expect(api.mostAtOnce).toBe(2);
  });
});

describe('when too many wait', () => {
  const limits = { waiting: 3, perSecond: 0.001, burst: 1 };

  test.each([
    ['Normal one', [warning('w1'), note('n1'), note('n2'), warning('w2'), warning('w3')], ['w1', 'w2', 'w3']],
    ['warning if there are only warnings', [...['w1', 'w2', 'w3', 'w4'].map(warning), note('n1')], ['w2', 'w3', 'w4']],
  ])('the oldest %s is dropped', async (_, notes, left) => {
    const { api, recorder } = newRecorder({ ...limits, perSecond: 100 });
    for (const each of [note('sent'), ...notes]) recorder.emit(each);
    await close(recorder, 10_000);
    expect(api.created.map(({ message }) => message)).toEqual(['sent', ...left]);
  });

  test('the number of those dropped is logged once a minute', async () => {
    const { recorder, warnings } = newRecorder(limits);
    for (const each of numbered(104)) recorder.emit(each);
    expect(warnings).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(warnings).toEqual([{ dropped: 100, why: 'too many Events waiting' }]);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(warnings).toHaveLength(1);
    expect(recorder.dropped).toBe(100);
  });
});

describe('a call that fails', () => {
  test.each(['Forbidden', 'NotFound', 'Invalid', 'Conflict', 'Refused'] as const)(
    'with %s is not made again',
    async (reason) => {
      const { api, recorder } = newRecorder();
      api.failures.push(new ApiError(reason, reason));
      recorder.emit(note('lost'));
      await vi.advanceTimersByTimeAsync(60_000);
      expect(api.created).toEqual([]);
    },
  );

  test('leaves the next note of its kind a new Event', async () => {
    const { api, recorder } = newRecorder();
    api.failures.push(new ApiError('Forbidden', 'no'));
    await emitEach(recorder, 1_000, note('again'), note('again'));
    expect(api.created).toMatchObject([{ message: 'again', count: 1 }]);
  });
});

describe('a call whose fate is unknown', () => {
  const limits = { retryAfterMs: [5, 5] };
  beforeEach(() => {
    vi.useRealTimers();
  });

  test.each([
    ['is made twice more', 2, false, 1, 0],
    ['is given up after that', 3, false, 0, 1],
    ['and that took effect leaves one Event', 1, true, 1, 0],
  ])('%s', async (_, failures, tookEffectAnyway, created, dropped) => {
    const { api, recorder } = newRecorder(limits);
    Object.assign(api, { tookEffectAnyway });
    api.failures.push(...Array.from({ length: failures }, unknown));
    recorder.emit(note('once'));
    await recorder.close(2_000);
    expect([api.created.length, recorder.dropped, api.failures.length]).toEqual([created, dropped, 0]);
  });
});

describe('closing', () => {
  test.each([
    ['sends what waits', 0, 20, []],
    ['says what was not sent in time', 60_000, 0, [{ dropped: 18, why: 'not sent before the recorder was closed' }]],
  ])('%s', async (_, latencyMs, created, logged) => {
    const { api, recorder, warnings } = newRecorder();
    api.latencyMs = latencyMs;
    for (const each of numbered(20)) recorder.emit(each);
    await close(recorder, 1_000);
    expect([api.created.length, warnings]).toEqual([created, logged]);
  });

  test('takes no more notes', async () => {
    const { api, recorder } = newRecorder();
    await close(recorder, 1_000);
    recorder.emit(note('late'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(api.created).toEqual([]);
  });
});
