import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { MetadataObject } from '../../model/kubernetes.ts';
import { latestVersion, listPage, type Page } from '../calls/list.ts';
import { PageSize } from '../calls/page-size.ts';
import type { Selection } from '../calls/selection.ts';
import type { Connection } from '../connection/connection.ts';
import { retryDelayMs } from '../connection/retry-delay.ts';
import type { ChangeHandler } from './change-handler.ts';
import { defaultTiming, type ReflectorTiming } from './reflector-timing.ts';
import { type WatchEvent, watch } from './watch.ts';
import { delayAfterMs, isCut, isGone, mayRefuseVersion, mustRelist } from './watch-failure.ts';
import { WatchProof } from './watch-proof.ts';
import { type Trouble, WatchTrouble } from './watch-trouble.ts';

export interface ReflectorOptions<Kind extends MetadataObject> {
  connection: Connection;
  selection: Selection;
  handler: ChangeHandler<Kind>;
  /** Selects an object that exists, such as this node: a watch of it proves that watches deliver events. */
  proof: Selection;
  /** Stops the reflector: the handler is not called after that. */
  signal: AbortSignal;
  log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  timing?: Partial<ReflectorTiming>;
  /** Most objects on a page of a list. Default 500. */
  pageSize?: number;
  /** A longer line of a watch is not read: the collection is listed again instead. Default 32 MiB. */
  longestLineBytes?: number;
}

/** After so many refusals in a row, the version to watch from may be the cause. */
const refusalsBeforeRelist = 3;

export interface ReflectorState {
  /** Whether the collection was listed at least once. */
  synced: boolean;
  /** Set while lists or watches fail. */
  trouble: Trouble | undefined;
  /** Whether watches deliver no events, so that the collection is listed again and again. */
  listsInstead: boolean;
}

export interface Reflector {
  /** Resolves with true after the first list, with false if stopped before. */
  readonly synced: Promise<boolean>;
  /** Resolves when it has stopped. Never rejects. */
  readonly stopped: Promise<void>;
  state(): ReflectorState;
}

/**
 * Calls a handler for the objects of a selection and their changes until the signal, whatever fails. It lists, then watches,
 * continues from the last version after a break, and lists again when that version is too old or doubtful. Where a proxy
 * holds back the events of watches, it lists periodically.
 */
export function startReflector<Kind extends MetadataObject>(options: ReflectorOptions<Kind>): Reflector {
  const run = new ReflectorRun(options);
  const stopped = run.run();
  return { synced: Promise.race([run.synced, stopped.then(() => false)]), stopped, state: () => run.state() };
}

class ReflectorRun<Kind extends MetadataObject> {
  readonly #options: ReflectorOptions<Kind>;
  readonly #timing: ReflectorTiming;
  readonly #pageSize: PageSize;
  readonly #proof: WatchProof;
  readonly #trouble: WatchTrouble;
  readonly #synced = Promise.withResolvers<boolean>();
  #isSynced = false;
  /** Where to watch from; undefined when the collection must be listed. */
  #version: string | undefined;
  /** Lists and watches in a row that failed. */
  #failures = 0;
  /** Watches in a row, among those, that the server refused. */
  #refusals = 0;
  /** Whether a watch that held has broken since the server's version was last compared with ours. */
  #wasCut = false;

  constructor(options: ReflectorOptions<Kind>) {
    const { path } = options.selection;
    this.#options = options;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.#pageSize = new PageSize(options.pageSize);
    this.#proof = new WatchProof({ ...options, ...this.#timing, path });
    this.#trouble = new WatchTrouble(path, options.log);
  }

  get synced(): Promise<boolean> {
    return this.#synced.promise;
  }

  state(): ReflectorState {
    return { synced: this.#isSynced, trouble: this.#trouble.current, listsInstead: this.#proof.hasFailed };
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined || (await this.#isAheadOfServer(this.#version)))
          this.#version = await this.#list();
        if (this.#proof.isNeeded && !(await this.#proof.succeeds())) await this.#listInstead(this.#version);
        else await this.#watch(this.#version);
      } catch (error) {
        if (!signal.aborted) await this.#recover(error);
      }
    }
  }

  /** Tells the handler of all objects, and returns the version of the list. */
  async #list(): Promise<string> {
    this.#tell((handler) => handler.listing());
    let page = await this.#page(undefined);
    for (;;) {
      for (const object of page.items) this.#tell((handler) => handler.present(object));
      if (page.next === undefined) break;
      page = await this.#page(page.next);
    }
    this.#tell((handler) => handler.listed());
    this.#isSynced = true;
    this.#synced.resolve(true);
    this.#refusals = 0;
    this.#proof.heard();
    return page.resourceVersion;
  }

  /** Requests one page until it comes: only an expired list has to begin anew. */
  async #page(from: string | undefined): Promise<Page<Kind>> {
    const { connection, selection, signal } = this.#options;
    const timeoutMs = this.#timing.listTimeoutMs;
    for (let failures = 1; ; failures += 1) {
      try {
        return await listPage<Kind>(connection, selection, from, this.#pageSize, { timeoutMs, signal });
      } catch (error) {
        if (signal.aborted || isGone(error)) throw error;
        this.#trouble.failed(error);
        await sleep(delayAfterMs(failures, error), undefined, { signal });
      }
    }
  }

  /**
   * Whether the server's version is older than ours, because its data was restored from a backup. A watch from our version
   * would then be silent, without an error, until the server has caught up. A restore always breaks the connection.
   */
  async #isAheadOfServer(version: string): Promise<boolean> {
    if (this.#trouble.current === undefined && !this.#wasCut) return false;
    const latest = await this.#latestVersion();
    this.#wasCut = false;
    return isLater(version, latest);
  }

  #latestVersion(): Promise<string> {
    const { connection, selection, signal } = this.#options;
    return latestVersion(connection, selection, { timeoutMs: this.#timing.listTimeoutMs, signal });
  }

  /** Lists once if anything has changed, and waits. */
  async #listInstead(version: string): Promise<void> {
    if ((await this.#latestVersion()) !== version) this.#version = await this.#list();
    this.#recovered();
    await sleep(this.#timing.listEveryMs * (1 + Math.random()), undefined, { signal: this.#options.signal });
  }

  /** Tells the handler of changes until the watch ends, which is a failure only if it ends at once. */
  async #watch(version: string): Promise<void> {
    const { connection, selection, longestLineBytes, signal } = this.#options;
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
      for await (const event of events) this.#onEvent(event);
    } catch (error) {
      // A watch that held before it broke is no trouble if the next one succeeds.
      if (!held || !isCut(error)) throw error;
      this.#wasCut = true;
      this.#options.log.debug({ path: selection.path, message: error.message }, 'watch connection lost, reconnecting');
      await sleep(retryDelayMs(1), undefined, { signal }); // watches that broke together must not return together
    } finally {
      clearTimeout(steady);
    }
    if (!held && !signal.aborted) throw new Error(`cannot watch ${selection.path}: the server ended the watch at once`);
  }

  #onEvent({ type, object }: WatchEvent<Kind>): void {
    this.#refusals = 0;
    this.#proof.heard();
    this.#version = object.metadata?.resourceVersion ?? this.#version;
    if (type === 'DELETED') this.#tell((handler) => handler.gone(object));
    else if (type !== 'BOOKMARK') this.#tell((handler) => handler.present(object));
  }

  /** A handler that throws must not cost the objects that follow. */
  #tell(call: (handler: ChangeHandler<Kind>) => void): void {
    const { signal, handler, log, selection } = this.#options;
    if (signal.aborted) return;
    try {
      call(handler);
    } catch (error) {
      log.error({ err: error, path: selection.path }, 'handler threw on a change');
    }
  }

  async #recover(error: unknown): Promise<void> {
    this.#failures += 1;
    this.#trouble.failed(error);
    if (mayRefuseVersion(error)) this.#refusals += 1;
    if (mustRelist(error) || this.#refusals >= refusalsBeforeRelist) this.#version = undefined;
    const { signal } = this.#options;
    // The sleep rejects when the reflector is stopped, which ends the loop.
    await sleep(delayAfterMs(this.#failures, error), undefined, { signal }).catch(() => undefined);
  }

  #recovered(): void {
    this.#failures = 0;
    this.#trouble.recovered();
  }
}

/** Versions are growing numbers of any length (KEP-5504). A server that has others cannot be judged. */
function isLater(version: string, than: string): boolean {
  const areNumbers = /^\d+$/.test(version) && /^\d+$/.test(than);
  return areNumbers && BigInt(version) > BigInt(than);
}
