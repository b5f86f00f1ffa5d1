import type { Fault } from '../fault.ts';
import type { FaultProxy, HistoryMoment } from '../proxy/fault-proxy.ts';

/**
 * `2/start:travel#K:travel`: the second life starts against an API server that has gone back to the moment before the K-th
 * step of the users or write of the daemon, as one does that is restarted from a stale cache.
 */
export class TimeTravel {
  readonly #proxy: FaultProxy;
  readonly #isPlanned: boolean;
  readonly #moments: HistoryMoment[] = [];
  #hit: Fault[] = [];
  #sinceMs: number | undefined;

  constructor(proxy: FaultProxy, faults: readonly Fault[]) {
    this.#proxy = proxy;
    this.#isPlanned = faults.some(isTravel);
  }

  get hit(): readonly Fault[] {
    return this.#hit;
  }

  /** For how long the daemon has been shown the past, in milliseconds. */
  get lastingForMs(): number {
    return this.#sinceMs === undefined ? 0 : performance.now() - this.#sinceMs;
  }

  /** Somebody is about to change something. Before the daemon's first request there is no past to go back to. */
  async stepBegins(): Promise<void> {
    if (!this.#isPlanned || this.#proxy.history.length === 0) return;
    const moment = this.#proxy.markMoment();
    this.#moments.push(moment);
    await moment.lists;
  }

  lifeBegins(faults: readonly Fault[]): void {
    const fault = faults.find(isTravel);
    const moment = fault && this.#moments[fault.nth - 1];
    if (fault === undefined || moment === undefined) return;
    this.#proxy.travelTo(moment);
    this.#sinceMs = performance.now();
    this.#hit = [...this.#hit, fault];
  }

  end(): void {
    if (this.#sinceMs === undefined) return;
    this.#proxy.endTimeTravel();
    this.#sinceMs = undefined;
  }
}

const isTravel = ({ kind, label }: Fault): boolean => kind === 'start' && label === 'travel';
