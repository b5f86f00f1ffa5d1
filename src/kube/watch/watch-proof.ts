import type { Logger } from 'pino';
import { listPage } from '../calls/list.ts';
import { PageSize } from '../calls/page-size.ts';
import type { Selection } from '../calls/selection.ts';
import type { Connection } from '../connection/connection.ts';
import type { ReflectorTiming } from './reflector-timing.ts';
import { WatchSilentError, watch } from './watch.ts';

export interface WatchProofOptions
  extends Pick<ReflectorTiming, 'listTimeoutMs' | 'watchMs' | 'silenceMs' | 'proofMs'> {
  connection: Connection;
  /** Selects an object that exists, such as this node: a watch from version 0 has to deliver it at once. */
  proof: Selection;
  /** The collection whose watches are in doubt, for the log. */
  path: string;
  longestLineBytes?: number | undefined;
  signal: AbortSignal;
  log: Pick<Logger, 'info' | 'warn'>;
}

/** Proves that watches deliver events: a proxy may accept watches and hold back their events, as if nothing changed. */
export class WatchProof {
  readonly #options: WatchProofOptions;
  /** When the server last sent anything, by `performance.now`. */
  #heardAtMs = Number.NEGATIVE_INFINITY;
  #hasFailed = false;

  constructor(options: WatchProofOptions) {
    this.#options = options;
  }

  /** Whether the last proof failed. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Whether a watch is worth nothing before another proof. */
  get isNeeded(): boolean {
    return this.#hasFailed || performance.now() - this.#heardAtMs >= this.#options.silenceMs;
  }

  /** The server sent something. */
  heard(): void {
    this.#heardAtMs = performance.now();
  }

  /** Tries it out, and logs when the result changes. Never rejects. */
  async succeeds(): Promise<boolean> {
    const delivers = await this.#watchesDeliver();
    if (delivers) this.heard();
    if (this.#hasFailed !== delivers) return delivers;
    this.#hasFailed = !delivers;
    const { log, path } = this.#options;
    if (delivers) log.info({ path }, 'watches deliver events again, watching instead of listing');
    else log.warn({ path }, 'watches deliver no events, listing instead; look for a proxy that buffers responses');
    return delivers;
  }

  /** Without the object, or the permission to watch it, nothing is proven: the last result stays. */
  async #watchesDeliver(): Promise<boolean> {
    const { connection, proof, signal, longestLineBytes, listTimeoutMs: timeoutMs, watchMs, proofMs } = this.#options;
    const fromStart = { resourceVersion: '0', bookmarks: false };
    const limits = { serverTimeoutMs: watchMs, silenceMs: proofMs, longestLineBytes, signal };
    try {
      const { items } = await listPage(connection, proof, undefined, new PageSize(1), { timeoutMs, signal });
      if (items.length === 0) return !this.#hasFailed;
      for await (const _ of watch(connection, proof, { ...fromStart, ...limits, onOpen() {} })) return true;
      return false;
    } catch (error) {
      return !(error instanceof WatchSilentError) && !this.#hasFailed;
    }
  }
}
