import type { Logger } from 'pino';

/** Logs once that the API server cannot be used, and once that it can again, instead of once for each list and watch. */
export class ReachLog {
  readonly #server: string;
  readonly #log: Pick<Logger, 'info' | 'warn'> | undefined;
  #trouble: { since: number; causes: Set<string> } | undefined;

  constructor(server: string, log: Pick<Logger, 'info' | 'warn'> | undefined) {
    this.#server = server;
    this.#log = log;
  }

  failed(message: string): void {
    this.#trouble ??= { since: Date.now(), causes: new Set() };
    if (this.#trouble.causes.has(message)) return;
    this.#trouble.causes.add(message);
    this.#log?.warn({ server: this.#server, message }, 'API server cannot be used, retrying');
  }

  reached(): void {
    if (this.#trouble === undefined) return;
    const forMs = Date.now() - this.#trouble.since;
    this.#trouble = undefined;
    this.#log?.info({ server: this.#server, forMs }, 'API server can be used again');
  }
}
