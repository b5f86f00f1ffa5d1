import type { Api, Json } from '../support/api.ts';
import { until } from '../support/until.ts';

/** A watch that keeps all it is told. */
export class Watched {
  readonly told: Json[] = [];
  readonly #abort = new AbortController();
  #outcome: 'open' | 'ended' | Error = 'open';

  constructor(api: Api, path: string, headers: Record<string, string>) {
    void this.#listen(api, path, headers);
  }

  async #listen(api: Api, path: string, headers: Record<string, string>): Promise<void> {
    try {
      for await (const event of api.watch(path, this.#abort.signal, headers)) this.told.push(event);
      this.#outcome = 'ended';
    } catch (error) {
      this.#outcome = this.#abort.signal.aborted ? 'ended' : (error as Error);
    }
  }

  /** Types and names so far, such as `ADDED a`. */
  get summary(): string[] {
    return this.told.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`.trim());
  }

  /** Waits for that many events; more at the time fail the test that asks for them. */
  async untilTold(count: number): Promise<Json[]> {
    await until(`${count} events`, () => {
      if (this.#outcome instanceof Error) throw this.#outcome;
      if (this.told.length >= count) return true;
      throw new Error(JSON.stringify(this.summary));
    });
    return this.told;
  }

  untilEvent(what: string, holds: (event: Json) => boolean): Promise<Json> {
    return until(what, () => {
      const found = this.told.find(holds);
      if (found === undefined) throw new Error(JSON.stringify(this.told));
      return found;
    });
  }

  /** Waits until the server ends the watch. */
  async untilEnded(): Promise<void> {
    await until('the watch has ended', () => {
      if (this.#outcome instanceof Error) throw this.#outcome;
      return this.#outcome === 'ended';
    });
  }

  close(): void {
    this.#abort.abort();
  }
}
