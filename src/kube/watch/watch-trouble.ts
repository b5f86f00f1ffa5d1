import type { Logger } from 'pino';
import { ApiError } from '../calls/kube-api.ts';
import { NotSentError } from '../connection/not-sent-error.ts';

export interface Trouble {
  since: Date;
  message: string;
}

/** Logs once when lists and watches of a collection begin to fail, and once when they work again. */
export class WatchTrouble {
  readonly #path: string;
  readonly #log: Pick<Logger, 'debug' | 'info' | 'warn'>;
  #current: Trouble | undefined;
  #isLoggedElsewhere = false;

  constructor(path: string, log: Pick<Logger, 'debug' | 'info' | 'warn'>) {
    this.#path = path;
    this.#log = log;
  }

  /** The last failure, and since when there have been only failures. */
  get current(): Trouble | undefined {
    return this.#current;
  }

  failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#current === undefined) {
      this.#isLoggedElsewhere = isLoggedByConnection(error);
      const level = this.#isLoggedElsewhere ? 'debug' : 'warn';
      this.#log[level]({ path: this.#path, message }, 'watch failed, retrying');
    }
    this.#current = { since: this.#current?.since ?? new Date(), message };
  }

  recovered(): void {
    if (this.#current === undefined) return;
    const forMs = Date.now() - this.#current.since.getTime();
    this.#log[this.#isLoggedElsewhere ? 'debug' : 'info']({ path: this.#path, forMs }, 'watch works again');
    this.#current = undefined;
  }
}

/** The connection logs once for all collections that the server cannot be used. */
function isLoggedByConnection(error: unknown): boolean {
  return error instanceof ApiError && (error.reason === 'Unauthorized' || error.cause instanceof NotSentError);
}
