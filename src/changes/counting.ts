import { StorageError } from '../disk/port.ts';
import type { KeyedLock } from '../flow/keyed-lock.ts';
import type { UsageReport } from '../report/usage-report.ts';

export interface CountingOptions {
  report: Pick<UsageReport, 'notCounted'>;
  /** The counts of all pools wait for one another here. */
  turns: KeyedLock;
}

/** Something whose usage can be counted. */
export interface Countable {
  isWanted: () => boolean;
  count: (signal: AbortSignal) => Promise<void>;
  /** It was counted within this time, in milliseconds, or could not be: undefined. */
  onEnd: (tookMs: number | undefined) => void;
}

/** Counts one thing at a time, and stops a count that nobody wants any more. */
export class Counting {
  readonly #options: CountingOptions;
  #underWay: { isWanted: () => boolean; stop: AbortController } | undefined;
  #stopped = false;

  constructor(options: CountingOptions) {
    this.#options = options;
  }

  /**
   * What was stopped is to be counted again soon, and what failed after the longest time: only then is `onEnd` called.
   * @param what name of a volume, for the log
   */
  run(what: string, { isWanted, count, onEnd }: Countable): Promise<void> {
    const { turns, report } = this.#options;
    return turns.run('count', async () => {
      if (this.#stopped || !isWanted()) return;
      const stop = new AbortController();
      this.#underWay = { isWanted, stop };
      const startMs = performance.now();
      try {
        await count(stop.signal);
        onEnd(performance.now() - startMs);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        if (stop.signal.aborted || !isWanted()) return;
        onEnd(undefined);
        report.notCounted(what, error);
      } finally {
        this.#underWay = undefined;
      }
    });
  }

  /** Stops what is being counted, if nobody wants that any more. */
  stopUnwanted(): void {
    if (this.#underWay?.isWanted() === false) this.interrupt();
  }

  /** Stops what is being counted. */
  interrupt(): void {
    this.#underWay?.stop.abort();
  }

  /** Counts nothing any more. */
  stop(): void {
    this.#stopped = true;
    this.interrupt();
  }
}
