import type { Erasure } from '../disk/port.ts';
import type { Look } from '../flow/reconcile.ts';
import type { TrashOutcome } from '../trash/act.ts';
import type { TrashDecision } from '../trash/decide.ts';
import type { TrashView } from '../trash/observe.ts';
import type { TrashReporter } from '../trash/trash-flow.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Reports the looks at the trash. */
export class TrashReport implements TrashReporter {
  readonly #log: Logger;
  readonly #metrics: Pick<Metrics, 'erasedEntries'>;
  /** Results so far of the volumes that are erased in several turns. */
  readonly #turns = new Map<string, { entries: number; durationMs: number }>();

  constructor(log: Logger, metrics: Pick<Metrics, 'erasedEntries'>) {
    this.#log = log;
    this.#metrics = metrics;
  }

  trash({ key: volume, decision, outcome, durationMs }: Look<TrashView, TrashDecision, TrashOutcome>): void {
    if (outcome.result === 'failed') {
      const { reason, message } = outcome.error;
      this.#log.warn({ volume, reason, message }, 'trash not erased');
    } else if (outcome.erasure !== undefined) {
      this.#erased(volume, outcome.erasure, durationMs);
    } else {
      const isRetained = decision?.action === 'wait' && decision.reason === 'Retention';
      this.#log.debug({ volume, ...decision }, isRetained ? 'trash waits for its retention' : 'trash left as it is');
    }
  }

  #erased(volume: string, erasure: Erasure, durationMs: number): void {
    this.#metrics.erasedEntries.inc(erasure.entries);
    const before = this.#turns.get(volume);
    const entries = (before?.entries ?? 0) + erasure.entries;
    const total = { entries, durationMs: (before?.durationMs ?? 0) + durationMs };
    const fields = { volume, ...total };
    if (erasure.result === 'unfinished') {
      this.#turns.set(volume, total);
      if (before === undefined)
        this.#log.info(fields, 'trash takes long to erase, continuing in turns with other volumes');
      return;
    }
    this.#turns.delete(volume);
    if (erasure.result === 'erased') this.#log[erasure.entries > 0 ? 'info' : 'debug'](fields, 'trash erased');
    else this.#log.warn({ ...fields, problems: erasure.problems }, 'trash not erased, remove what the problems name');
  }
}
