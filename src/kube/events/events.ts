import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { EventObject } from '../../model/kubernetes.ts';
import { ApiError, isTransient, type KubeApi } from '../calls/kube-api.ts';
import { cutMessage, type EventNote, type EventSource, eventObject, eventTime } from './event-object.ts';
import { TokenBucket } from './token-bucket.ts';

export interface EventRecorderOptions {
  api: Pick<KubeApi, 'createEvent' | 'repeatEvent'>;
  source: EventSource;
  log: Pick<Logger, 'debug' | 'warn'>;
  limits?: Partial<EventLimits>;
  /** The time of day, for the Events themselves. */
  now?: () => Date;
}

const defaultLimits = {
  /** Events that may wait to be sent; further ones displace the oldest, Normal ones first. */
  waiting: 1_000,
  perSecond: 20,
  burst: 100,
  /** Concurrent calls. */
  atOnce: 2,
  /** For this time after an Event, the same note raises its count instead of creating another. */
  repeatWithinMs: 600_000,
  /** Notes that are remembered for that. */
  remembered: 2_000,
  /** Delays before the second and the third try of a call without a reliable answer. */
  retryAfterMs: [1_000, 5_000],
};

export type EventLimits = typeof defaultLimits;

const dropReportMs = 60_000;

/** One note and its repetitions, which are one Event with a count. */
interface Series {
  key: string;
  event: EventObject;
  lastNotedMs: number;
  /** Whether the API server has the Event, so that it only needs the new count. */
  created: boolean;
}

/** Sends Events in the background, at a limited rate. `emit` never throws. Events that cannot be sent are counted. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #limits: EventLimits;
  readonly #bucket: TokenBucket;
  /** By key, the least recently noted first. */
  readonly #remembered = new Map<string, Series>();
  readonly #waiting = new Set<Series>();
  readonly #beingSent = new Set<Series>();
  readonly #closed = new AbortController();
  #closing = false;
  #whenIdle: () => void = () => {};
  #nextSend: NodeJS.Timeout | undefined;
  #dropped = 0;
  #droppedAndLogged = 0;
  #dropReport: NodeJS.Timeout | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#bucket = new TokenBucket(this.#limits, performance.now());
  }

  /** Number of Events since the start that were never sent. */
  get dropped(): number {
    return this.#dropped;
  }

  emit(note: EventNote): void {
    if (this.#closing) {
      this.#countDrop('emitted after the recorder was closed');
      return;
    }
    this.#enqueue(this.#seriesOf(note));
    this.#send();
  }

  /** Rejects new Events, sends the waiting ones at the usual rate until the deadline, and drops the rest. */
  async close(deadlineMs: number): Promise<void> {
    this.#closing = true;
    if (!this.#isIdle()) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
        setTimeout(resolve, deadlineMs).unref();
      });
    }
    this.#closed.abort();
    clearTimeout(this.#nextSend);
    for (const series of this.#waiting) this.#drop(series, 'not sent before the recorder was closed');
    if (this.#dropped > this.#droppedAndLogged) this.#reportDrops('not sent before the recorder was closed');
  }

  /** The series of the note with a raised count, or a new one. */
  #seriesOf(note: EventNote): Series {
    const now = this.#options.now?.() ?? new Date();
    const key = JSON.stringify([note.regarding.uid, note.type, note.reason, cutMessage(note.message)]);
    let series = this.#remembered.get(key);
    if (series !== undefined && now.getTime() - series.lastNotedMs < this.#limits.repeatWithinMs) {
      series.event = { ...series.event, count: (series.event.count ?? 0) + 1, lastTimestamp: eventTime(now) };
    } else {
      series = { key, event: eventObject(note, this.#options.source, now), lastNotedMs: 0, created: false };
    }
    series.lastNotedMs = now.getTime();
    this.#remember(series);
    return series;
  }

  #remember(series: Series): void {
    this.#remembered.delete(series.key);
    this.#remembered.set(series.key, series);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > this.#limits.remembered && oldest !== undefined) this.#remembered.delete(oldest);
  }

  #enqueue(series: Series): void {
    this.#waiting.add(series);
    if (this.#waiting.size <= this.#limits.waiting) return;
    const [oldest] = this.#waiting;
    const victim = firstOf(this.#waiting, ({ event }) => event.type === 'Normal') ?? oldest ?? series;
    this.#drop(victim, 'too many Events waiting');
  }

  #send(): void {
    while (this.#beingSent.size < this.#limits.atOnce && !this.#closed.signal.aborted) {
      // A series that is being sent may have a new count, which is sent after that call.
      const series = firstOf(this.#waiting, (candidate) => !this.#beingSent.has(candidate));
      if (series === undefined) return;
      const waitMs = this.#bucket.take(performance.now());
      if (waitMs > 0) {
        clearTimeout(this.#nextSend);
        this.#nextSend = setTimeout(() => this.#send(), waitMs).unref();
        return;
      }
      void this.#sendOne(series);
    }
  }

  async #sendOne(series: Series): Promise<void> {
    this.#waiting.delete(series);
    this.#beingSent.add(series);
    try {
      await this.#sendWithRetries(series);
    } catch (error) {
      this.#drop(series, error instanceof Error ? error.message : String(error));
    }
    this.#beingSent.delete(series);
    this.#send();
    if (this.#isIdle()) this.#whenIdle();
  }

  async #sendWithRetries(series: Series): Promise<void> {
    const { retryAfterMs } = this.#limits;
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.#createOrRepeat(series, tries > 0);
      } catch (error) {
        const waitMs = retryAfterMs[tries];
        if (waitMs === undefined || !isTransient(error)) throw error;
        await sleep(Math.max(waitMs, error.retryAfterMs ?? 0), undefined, { signal: this.#closed.signal, ref: false });
      }
    }
  }

  async #createOrRepeat(series: Series, isRetry: boolean): Promise<void> {
    const { api } = this.#options;
    try {
      await (series.created ? api.repeatEvent(series.event) : api.createEvent(series.event));
    } catch (error) {
      const reason = error instanceof ApiError ? error.reason : undefined;
      const expired = series.created && reason === 'NotFound'; // API servers keep Events for an hour
      const createdEarlier = !series.created && isRetry && reason === 'AlreadyExists';
      if (expired) await api.createEvent(series.event);
      else if (!createdEarlier) throw error;
    }
    series.created = true;
  }

  #drop(series: Series, why: string): void {
    this.#waiting.delete(series);
    // The next note of this kind creates an Event: nobody has seen this one.
    if (this.#remembered.get(series.key) === series) this.#remembered.delete(series.key);
    const { involvedObject, reason, message } = series.event;
    this.#options.log.debug({ object: involvedObject.name, reason, message, why }, 'Event dropped');
    this.#countDrop(why);
  }

  #countDrop(why: string): void {
    this.#dropped += 1;
    this.#dropReport ??= setTimeout(() => this.#reportDrops(why), dropReportMs).unref();
  }

  #reportDrops(why: string): void {
    clearTimeout(this.#dropReport);
    this.#dropReport = undefined;
    this.#options.log.warn({ dropped: this.#dropped - this.#droppedAndLogged, why }, 'Events dropped');
    this.#droppedAndLogged = this.#dropped;
  }

  #isIdle(): boolean {
    return this.#waiting.size === 0 && this.#beingSent.size === 0;
  }
}

function firstOf<T>(items: Iterable<T>, isIt: (item: T) => boolean): T | undefined {
  for (const item of items) if (isIt(item)) return item;
  return undefined;
}
