/** Times of the running thread, in milliseconds. */
export interface ThreadTimes {
  /** CPU time of the thread, in milliseconds. */
  cpuMs(): number;
  /** Time of a clock that only goes forward, in milliseconds. */
  nowMs(): number;
  /** Blocks the thread. */
  sleep(ms: number): void;
}

/** A turn is some milliseconds long if the kernel has all in its cache. */
const entriesPerTurn = 200;

/** For each millisecond of CPU time: the thread then takes a tenth of a core at the most. */
const pausePerCpuTime = 10;

/**
 * Makes a thread pause after each turn of 200 entries, so that it takes less than a tenth of a core, and keeps the disk busy for at
 * most half of the time. Pauses follow from the time that the turn took, so they are right on any machine.
 */
export class Throttle {
  readonly #times: ThreadTimes;
  #entries = 0;
  #cpuMs: number;
  #nowMs: number;

  constructor(times: ThreadTimes) {
    this.#times = times;
    this.#cpuMs = times.cpuMs();
    this.#nowMs = times.nowMs();
  }

  /** To be called after each entry. */
  onEntry(): void {
    this.#entries++;
    if (this.#entries >= entriesPerTurn) this.endTurn();
  }

  /** Pauses for what was done since the last pause. */
  endTurn(): void {
    const cpuMs = this.#times.cpuMs() - this.#cpuMs;
    const tookMs = this.#times.nowMs() - this.#nowMs;
    this.#times.sleep(Math.max(pausePerCpuTime * cpuMs, tookMs));
    this.#entries = 0;
    this.#cpuMs = this.#times.cpuMs();
    this.#nowMs = this.#times.nowMs();
  }
}

/** The times of the thread that asks. It must not be the main one, which may not be blocked. */
export function threadTimes(): ThreadTimes {
  const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  return {
    cpuMs: () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1_000;
    },
    nowMs: () => performance.now(),
    sleep: (ms) => void Atomics.wait(never, 0, 0, ms),
  };
}
