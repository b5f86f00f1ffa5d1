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

function recorderOf(api: FakeEvents, limits: Partial<EventLimits> = {}) {
  const warnings: object[] = [];
  const log = { debug() {}, warn: (fields: object) => warnings.push(fields) } as unknown as EventRecorderOptions['log'];
  const source = { component: 'hostpath-provisioner', host: 'node-1' };
  return { recorder: new EventRecorder({ api, source, log, limits }), warnings };
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

describe('the same note', () => {
  test('becomes one Event that is counted up', async () => {
    const api = new FakeEvents();
    const { recorder } = recorderOf(api);
    for (let told = 0; told < 5; told += 1) {
      recorder.emit(warning('disk full'));
      await vi.advanceTimersByTimeAsync(60_000);
    }
    expect(api.created).toHaveLength(1);
    expect(api.repeated.at(-1)).toMatchObject({ count: 5, lastTimestamp: '2026-11-22T12:04:00Z' });
    expect(api.repeated.at(-1)?.firstTimestamp).toBe('2026-11-22T12:00:00Z');
  });

  test('is counted before it is sent when many come at once', async () => {
    const api = new FakeEvents();
    api.latencyMs = 100;
    const { recorder } = recorderOf(api);
    for (let told = 0; told < 1_000; told += 1) recorder.emit(warning('disk full'));
    await close(recorder, 1_000);
    expect(api.seen()).toEqual({ 'disk full': 1_000 });
    expect(api.created.length + api.repeated.length).toBe(2);
  });

  test('is told again after ten minutes of silence', async () => {
    const api = new FakeEvents();
    const { recorder } = recorderOf(api);
    recorder.emit(warning('disk full'));
    await vi.advanceTimersByTimeAsync(600_000);
    recorder.emit(warning('disk full'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(api.created).toHaveLength(2);
  });

  test('of another object, reason or type is another Event', async () => {
    const api = new FakeEvents();
    const { recorder } = recorderOf(api);
    recorder.emit(note('same'));
    recorder.emit(note('same', { reason: 'Other' }));
    recorder.emit(note('same', { type: 'Warning' }));
    recorder.emit(note('same', { regarding: { kind: 'PersistentVolume', name: 'pvc-1', uid: 'u-2' } }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(api.created).toHaveLength(4);
  });

  test('becomes a new Event when the API server has forgotten the old one', async () => {
    const api = new FakeEvents();
    const { recorder } = recorderOf(api);
    recorder.emit(warning('disk full'));
    await vi.advanceTimersByTimeAsync(1_000);
    api.expire();
    recorder.emit(warning('disk full'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(api.created.map(({ count }) => count)).toEqual([1, 2]);
  });

  test('is forgotten when too many others came after it', async () => {
    const api = new FakeEvents();
    const { recorder } = recorderOf(api, { remembered: 2 });
    for (const message of ['a', 'b', 'c', 'a']) recorder.emit(warning(message));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(api.created.map(({ message }) => message)).toEqual(['a', 'b', 'c', 'a']);
  });
});

describe('the budget', () => {
  test('lets a burst through and then a steady rate', async () => {
    const api = new FakeEvents();
    const { recorder } = recorderOf(api);
    for (let told = 0; told < 300; told += 1) recorder.emit(note(`${told}`));
    await vi.advanceTimersByTimeAsync(100);
    expect(Math.abs(api.created.length - 100)).toBeLessThan(5);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(Math.abs(api.created.length - 200)).toBeLessThan(5);
  });

  test('allows two calls at a time', async () => {
    const api = new FakeEvents();
    api.latencyMs = 50;
    const { recorder } = recorderOf(api);
    for (let told = 0; told < 50; told += 1) recorder.emit(note(`${told}`));
    await close(recorder, 10_000);
    expect(api.created).toHaveLength(50);
    expect(api.mostAtOnce).toBe(2);
  });
});

describe('when too many wait', () => {
  const limits = { waiting: 3, perSecond: 0.001, burst: 1 };

  test('the oldest Normal ones are dropped first', async () => {
    const api = new FakeEvents();
    const { recorder } = recorderOf(api, { ...limits, perSecond: 100 });
    api.latencyMs = 10;
    recorder.emit(note('sent'));
    for (const next of [warning('w1'), note('n1'), note('n2'), warning('w2'), warning('w3')]) recorder.emit(next);
    await close(recorder, 10_000);
    expect(api.created.map(({ message }) => message)).toEqual(['sent', 'w1', 'w2', 'w3']);
  });

  test('the oldest warning is dropped when there are only warnings', async () => {
    const api = new FakeEvents();
    const { recorder } = recorderOf(api, { ...limits, perSecond: 100 });
    recorder.emit(note('sent'));
    for (const message of ['w1', 'w2', 'w3', 'w4']) recorder.emit(warning(message));
    recorder.emit(note('too late'));
    await close(recorder, 10_000);
    expect(api.created.map(({ message }) => message)).toEqual(['sent', 'w2', 'w3', 'w4']);
  });

  test('the number of those dropped is logged once a minute', async () => {
    const { recorder, warnings } = recorderOf(new FakeEvents(), limits);
    for (let told = 0; told < 104; told += 1) recorder.emit(note(`${told}`));
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
      const api = new FakeEvents();
      api.failures.push(new ApiError(reason, reason));
      const { recorder } = recorderOf(api);
      recorder.emit(note('lost'));
      await vi.advanceTimersByTimeAsync(60_000);
      expect(api.created).toEqual([]);
    },
  );

  test('leaves the next note of its kind a new Event', async () => {
    const api = new FakeEvents();
    api.failures.push(new ApiError('Forbidden', 'no'));
    const { recorder } = recorderOf(api);
    recorder.emit(note('again'));
    await vi.advanceTimersByTimeAsync(1_000);
    recorder.emit(note('again'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(api.created).toMatchObject([{ message: 'again', count: 1 }]);
  });
});

describe('a call whose fate is unknown', () => {
  const limits = { retryAfterMs: [5, 5] };
  beforeEach(() => {
    vi.useRealTimers();
  });

  test('is made twice more', async () => {
    const api = new FakeEvents();
    api.failures.push(unknown(), unknown());
    const { recorder } = recorderOf(api, limits);
    recorder.emit(note('at last'));
    await recorder.close(2_000);
    expect(api.seen()).toEqual({ 'at last': 1 });
  });

  test('is given up after that', async () => {
    const api = new FakeEvents();
    api.failures.push(unknown(), unknown(), unknown(), unknown());
    const { recorder, warnings } = recorderOf(api, limits);
    recorder.emit(note('lost'));
    await recorder.close(2_000);
    expect(api.failures).toHaveLength(1);
    expect(warnings).toEqual([{ dropped: 1, why: expect.any(String) }]);
  });

  test('and that took effect leaves one Event', async () => {
    const api = new FakeEvents();
    api.tookEffectAnyway = true;
    api.failures.push(unknown());
    const { recorder, warnings } = recorderOf(api, limits);
    recorder.emit(note('once'));
    await recorder.close(2_000);
    expect(api.created).toHaveLength(1);
    expect(warnings).toEqual([]);
  });
});

describe('closing', () => {
  test('sends what waits', async () => {
    const api = new FakeEvents();
    const { recorder } = recorderOf(api);
    for (let told = 0; told < 20; told += 1) recorder.emit(note(`${told}`));
    await close(recorder, 1_000);
    expect(api.created).toHaveLength(20);
  });

  test('takes no longer than it may, and says what was lost', async () => {
    const api = new FakeEvents();
    api.latencyMs = 60_000;
    const { recorder, warnings } = recorderOf(api);
    for (let told = 0; told < 20; told += 1) recorder.emit(note(`${told}`));
    await close(recorder, 500);
    expect(warnings).toEqual([{ dropped: 18, why: 'not sent before the recorder was closed' }]);
  });

  test('takes no more notes', async () => {
    const api = new FakeEvents();
    const { recorder } = recorderOf(api);
    await close(recorder, 1_000);
    recorder.emit(note('late'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(api.created).toEqual([]);
  });
});
