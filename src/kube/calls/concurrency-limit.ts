/** A call to the API server that has ended, by the clock of `performance.now`. */
export interface EndedCall {
  beganAtMs: number;
  endedAtMs: number;
  /** Whether it failed for want of a server that has time for it. */
  turnedAway: boolean;
}

const most = 64;

/** So many hung calls at once would hold up everything until they time out. */
const least = 4;

/**
 * Kubernetes promises 99 of 100 calls for single objects within a second (the API call latency SLO of SIG Scalability): a
 * server that takes longer has too much to do.
 */
const slowMs = 1_000;

/**
 * How much may be asked of the API server at once: what the API server's answers allow, by the rule of TCP congestion
 * control (RFC 5681). Each good answer raises the limit by its inverse, so by one for as many answers as are asked for at
 * once; one that is slow or turned away halves it. Calls that were under way then tell of the same trouble, and do not halve
 * it again.
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
