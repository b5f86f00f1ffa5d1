/** A finished call to the API server. Times are by `performance.now`. */
export interface EndedCall {
  beganAtMs: number;
  endedAtMs: number;
  /** Whether it failed because the server was overloaded or gave no answer. */
  turnedAway: boolean;
}

const most = 64;

/** A lower limit would let so few hung calls block everything until they time out. */
const least = 4;

/** Kubernetes promises 99 of 100 calls for single objects within a second (the API call latency SLO of SIG Scalability). */
const slowMs = 1_000;

/**
 * The number of concurrent calls that the API server can handle, found as in TCP congestion control (RFC 5681). Each fast
 * answer raises the limit by its inverse, which is by one for as many answers as the limit. A slow or rejected call halves
 * it. Calls that were in flight then report the same overload, and do not halve it again.
 */
export class ConcurrencyLimit {
  #limit = most;
  #loweredAtMs = Number.NEGATIVE_INFINITY;

  /** A whole number. */
  get value(): number {
    return Math.floor(this.#limit);
  }

  note({ beganAtMs, endedAtMs, turnedAway }: EndedCall): void {
    if (!turnedAway && endedAtMs - beganAtMs <= slowMs) {
      this.#limit = Math.min(this.#limit + 1 / this.#limit, most);
    } else if (beganAtMs >= this.#loweredAtMs) {
      this.#limit = Math.max(this.#limit / 2, least);
      this.#loweredAtMs = endedAtMs;
    }
  }
}
