import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { MetadataObject } from '../../model/kubernetes.ts';
import { ApiError } from '../calls/kube-api.ts';
import type { Connection } from '../connection/connection.ts';
import { NotSentError } from '../connection/not-sent-error.ts';
import type { ChangeHandler, Selection } from './change-handler.ts';
import { LineTooLongError } from './line-decoder.ts';
import { latestVersion, listPage, type Page } from './list.ts';
import { PageSize } from './page-size.ts';
import { type WatchEvent, WatchSilentError, WatchUnreadableError, watch } from './watch.ts';
import { backoffMs } from './watch-backoff.ts';

export interface ReflectorOptions<Kind extends MetadataObject> {
  connection: Connection;
  selection: Selection;
  handler: ChangeHandler<Kind>;
  /** Something that a watch has to deliver at once because it is there, such as this node: it proves that watches deliver. */
  proof: Selection;
  /** Stops the reflector: nothing is delivered after it. */
  signal: AbortSignal;
  log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  timing?: Partial<ReflectorTiming>;
  /** Most objects on a page of a list. Default 500. */
  pageSize?: number;
  /** A longer line of a watch is not read; everything is listed again instead. Default 32 MiB. */
  longestLineBytes?: number;
}

export interface ReflectorTiming {
  /** For each page of a list. */
  listTimeoutMs: number;
  /** The server is asked to end a watch after this time, or up to twice as long. */
  watchMs: number;
  /**
   * A watch that is silent for so long is taken for dead and begun anew, once it is proven that watches deliver. API servers send a bookmark after about a minute
   * of silence, if their etcd reports its progress, as kubeadm has it do; elsewhere a quiet watch is begun anew for nothing,
   * which is cheap. Peers that are gone are found sooner, by TCP keep-alive: this is for a server that is stuck behind a
   * connection that lives.
   */
  silenceMs: number;
  /** A watch that held for so long was no failure: what ends it then begins a new count of failures. */
  steadyMs: number;
  /** A watch that has something to deliver does so within this time. */
  proofMs: number;
  /** While watches deliver nothing, everything is listed again after this time, or up to twice as long. */
  listEveryMs: number;
}

const defaultTiming: ReflectorTiming = {
  listTimeoutMs: 60_000,
  watchMs: 300_000,
  silenceMs: 75_000,
  steadyMs: 2_000,
  proofMs: 10_000,
  listEveryMs: 10_000,
};

const longestLineBytesByDefault = 32 * 1024 ** 2;

/** After so many refusals in a row to watch from a version, the version itself may be the trouble. */
const refusalsBeforeRelist = 3;

export interface ReflectorState {
  /** Whether everything has been listed at least once. */
  synced: boolean;
  /** Set while changes do not come in. */
  trouble: { since: Date; message: string } | undefined;
  /** Whether watches deliver nothing, so that changes are found by listing again and again. */
  listsInstead: boolean;
}

export interface Reflector {
  /** Resolves with true once everything has been listed for the first time, with false if stopped before. */
  readonly synced: Promise<boolean>;
  /** Resolves when it has stopped. Never rejects. */
  readonly stopped: Promise<void>;
  state(): ReflectorState;
}

/**
 * Tells a handler what becomes of the objects of a selection, for as long as the signal allows and whatever the network and
 * the server do: it lists, watches from there, watches on from the last version after a break, and lists again when that
 * version is too old or doubtful. Where a proxy keeps back what watches deliver, it lists now and then instead. No object is
 * kept.
 */
export function startReflector<Kind extends MetadataObject>(options: ReflectorOptions<Kind>): Reflector {
  const run = new ReflectorRun(options);
  const stopped = run.run();
  return { synced: Promise.race([run.synced, stopped.then(() => false)]), stopped, state: () => run.state() };
}

class ReflectorRun<Kind extends MetadataObject> {
  readonly synced: Promise<boolean>;
  readonly #options: ReflectorOptions<Kind>;
  readonly #timing: ReflectorTiming;
  readonly #pageSize: PageSize;
  #resolveSynced!: (synced: boolean) => void;
  #isSynced = false;
  /** Where to watch from; undefined when everything must be listed. */
  #version: string | undefined;
  /** Lists and watches in a row that failed. */
  #failures = 0;
  /** Of those, watches that the server refused, in a row. */
  #refusals = 0;
  #trouble: ReflectorState['trouble'];
  /** When the server last told anything, by `performance.now`. */
  #heardAtMs = Number.NEGATIVE_INFINITY;
  /** Whether a watch that held broke since it was last looked at what version the server has. */
  #wasCut = false;
  #listsInstead = false;
  #troubleLevel: 'debug' | 'warn' = 'warn';

  constructor(options: ReflectorOptions<Kind>) {
    this.#options = options;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.#pageSize = new PageSize(options.pageSize);
    this.synced = new Promise((resolve) => {
      this.#resolveSynced = resolve;
    });
  }

  state(): ReflectorState {
    return { synced: this.#isSynced, trouble: this.#trouble, listsInstead: this.#listsInstead };
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined || (await this.#isAheadOfServer(this.#version)))
          this.#version = await this.#list();
        if (this.#listsInstead || this.#isSilent()) await this.#proveThatWatchesDeliver(this.#version);
        else await this.#watch(this.#version);
      } catch (error) {
        if (!signal.aborted) await this.#recover(error);
      }
    }
  }

  /** Delivers everything there is, and returns the version that it is the state of. */
  async #list(): Promise<string> {
    this.#deliver((handler) => handler.listing());
    let page = await this.#page(undefined);
    for (;;) {
      for (const object of page.items) this.#deliver((handler) => handler.present(object));
      if (page.next === undefined) break;
      page = await this.#page(page.next);
    }
    this.#deliver((handler) => handler.listed());
    this.#isSynced = true;
    this.#resolveSynced(true);
    this.#refusals = 0;
    this.#heardAtMs = performance.now();
    return page.resourceVersion;
  }

  /**
   * Whether the server has gone back to an older version than ours: its data was restored from a backup. A watch from our
   * version would then be silent, without an error, until the server has caught up. That cannot happen without a break.
   */
  async #isAheadOfServer(version: string): Promise<boolean> {
    if (this.#trouble === undefined && !this.#wasCut) return false;
    const latest = await this.#latestVersion();
    this.#wasCut = false;
    return isLater(version, latest);
  }

  #latestVersion(): Promise<string> {
    const { connection, selection, signal } = this.#options;
    return latestVersion(connection, selection, { timeoutMs: this.#timing.listTimeoutMs, signal });
  }

  /** Nothing was told for so long that either nothing changes, or something keeps back what watches deliver. */
  #isSilent(): boolean {
    return performance.now() - this.#heardAtMs >= this.#timing.silenceMs;
  }

  /** Finds changes by listing, once, if watches deliver nothing. */
  async #proveThatWatchesDeliver(version: string): Promise<void> {
    const delivers = await this.#watchesDeliver();
    this.#tellHowChangesAreFound(delivers);
    if (delivers) {
      this.#heardAtMs = performance.now();
      return;
    }
    if ((await this.#latestVersion()) !== version) this.#version = await this.#list();
    this.#recovered();
    await sleep(this.#timing.listEveryMs * (1 + Math.random()), undefined, { signal: this.#options.signal });
  }

  /**
   * Watches what is there, which has to be told at once. Where that is not there, or cannot be asked for, nothing is proven,
   * and watches are trusted as before.
   */
  async #watchesDeliver(): Promise<boolean> {
    const { connection, proof, signal, longestLineBytes = longestLineBytesByDefault } = this.#options;
    const { listTimeoutMs: timeoutMs, watchMs, proofMs } = this.#timing;
    const fromWhatIsThere = { resourceVersion: '0', bookmarks: false };
    const limits = { serverTimeoutMs: watchMs, silenceMs: proofMs, longestLineBytes, signal };
    try {
      const { items } = await listPage(connection, proof, undefined, new PageSize(1), { timeoutMs, signal });
      if (items.length === 0) return !this.#listsInstead;
      for await (const _ of watch(connection, proof, { ...fromWhatIsThere, ...limits, onOpen() {} })) return true;
      return false;
    } catch (error) {
      return !(error instanceof WatchSilentError) && !this.#listsInstead;
    }
  }

  #tellHowChangesAreFound(watchesDeliver: boolean): void {
    if (this.#listsInstead === !watchesDeliver) return;
    this.#listsInstead = !watchesDeliver;
    const { log, selection } = this.#options;
    const { path } = selection;
    if (watchesDeliver) log.info({ path }, 'watches deliver again: changes are watched');
    else log.warn({ path }, 'watches deliver nothing, perhaps for a proxy that buffers: changes are found by listing');
  }

  /** One page, tried until it comes: the pages before need not be listed again unless the list has expired meanwhile. */
  async #page(from: string | undefined): Promise<Page<Kind>> {
    const { connection, selection, signal } = this.#options;
    const timeoutMs = this.#timing.listTimeoutMs;
    for (let failures = 1; ; failures += 1) {
      try {
        return await listPage<Kind>(connection, selection, from, this.#pageSize, { timeoutMs, signal });
      } catch (error) {
        if (signal.aborted || isGone(error)) throw error;
        this.#troubled(error);
        await sleep(delayMs(failures, error), undefined, { signal });
      }
    }
  }

  /** Delivers changes until the watch ends, which is a failure only if it ends at once. */
  async #watch(version: string): Promise<void> {
    const { connection, selection, signal, longestLineBytes = longestLineBytesByDefault } = this.#options;
    const { watchMs, silenceMs, steadyMs } = this.#timing;
    let steady: NodeJS.Timeout | undefined;
    let held = false;
    const events = watch<Kind>(connection, selection, {
      resourceVersion: version,
      bookmarks: true,
      serverTimeoutMs: watchMs * (1 + Math.random()),
      silenceMs,
      longestLineBytes,
      signal,
      onOpen: () => {
        steady = setTimeout(() => {
          held = true;
          this.#recovered();
        }, steadyMs);
      },
    });
    try {
      for await (const event of events) this.#take(event);
    } catch (error) {
      // A watch that held and broke is no trouble as long as the next one comes about.
      if (!held || !isCut(error)) throw error;
      this.#wasCut = true;
      this.#options.log.debug({ path: selection.path, message: error.message }, 'watch was cut: watching on');
      await sleep(backoffMs(1), undefined, { signal }); // whose watches were cut together do not come back together
    } finally {
      clearTimeout(steady);
    }
    if (!held && !signal.aborted) throw new Error(`cannot watch ${selection.path}: the server ended the watch at once`);
  }

  #take({ type, object }: WatchEvent<Kind>): void {
    this.#refusals = 0;
    this.#heardAtMs = performance.now();
    this.#version = object.metadata?.resourceVersion ?? this.#version;
    if (type === 'DELETED') this.#deliver((handler) => handler.gone(object));
    else if (type !== 'BOOKMARK') this.#deliver((handler) => handler.present(object));
  }

  /** A handler that fails must not cost the objects that come after. */
  #deliver(tell: (handler: ChangeHandler<Kind>) => void): void {
    const { signal, handler, log, selection } = this.#options;
    if (signal.aborted) return;
    try {
      tell(handler);
    } catch (error) {
      log.error({ err: error, path: selection.path }, 'a change was not taken');
    }
  }

  async #recover(error: unknown): Promise<void> {
    this.#failures += 1;
    this.#troubled(error);
    if (isRefusal(error)) this.#refusals += 1;
    if (mustRelist(error) || this.#refusals >= refusalsBeforeRelist) this.#version = undefined;
    // Rejects when stopped meanwhile, which ends the loop.
    await sleep(delayMs(this.#failures, error), undefined, { signal: this.#options.signal }).catch(() => undefined);
  }

  /** One line for a trouble however often we try again. */
  #troubled(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#trouble === undefined) {
      // What every list and watch fails for, the connection has told once for all.
      this.#troubleLevel = isToldByConnection(error) ? 'debug' : 'warn';
      this.#options.log[this.#troubleLevel](
        { path: this.#options.selection.path, message },
        'changes do not come in, trying again',
      );
    }
    this.#trouble = { since: this.#trouble?.since ?? new Date(), message };
  }

  #recovered(): void {
    this.#failures = 0;
    if (this.#trouble === undefined) return;
    const forMs = Date.now() - this.#trouble.since.getTime();
    const level = this.#troubleLevel === 'warn' ? 'info' : 'debug';
    this.#options.log[level]({ path: this.#options.selection.path, forMs }, 'changes come in again');
    this.#trouble = undefined;
  }
}

/** The connection broke, or nothing comes over it any more. */
function isCut(error: unknown): error is Error {
  return error instanceof WatchSilentError || (error instanceof ApiError && error.status === undefined);
}

/** What the server asks for comes first; the back-off on top keeps daemons apart. */
function delayMs(failures: number, error: unknown): number {
  const askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return askedMs + backoffMs(failures);
}

function isToldByConnection(error: unknown): boolean {
  return error instanceof ApiError && (error.reason === 'Unauthorized' || error.cause instanceof NotSentError);
}

function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.reason === 'Gone';
}

/** The version is too old, or something was told that we could not read. */
function mustRelist(error: unknown): boolean {
  return isGone(error) || error instanceof WatchUnreadableError || error instanceof LineTooLongError;
}

/** Whether an error may be about the version that we asked for, and not about us, the load or the network. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.status === undefined) return false;
  return error.reason === 'Unknown' || error.reason === 'Refused' || error.reason === 'Invalid';
}

/** Versions are numbers that grow (KEP-5504), of any length. A server that has others cannot be judged. */
function isLater(version: string, than: string): boolean {
  const areNumbers = /^\d+$/.test(version) && /^\d+$/.test(than);
  return areNumbers && BigInt(version) > BigInt(than);
}
