/** All in milliseconds. */
export interface ReflectorTiming {
  /** For each page of a list. */
  listTimeoutMs: number;
  /** The server is asked to end a watch after this time, or up to twice as long. */
  watchMs: number;
  /**
   * A watch that is silent for so long is replaced, after a proof that watches deliver events: the server may hang behind a
   * live connection. Most API servers send a bookmark each minute; elsewhere, a quiet watch is replaced for nothing.
   */
  silenceMs: number;
  /** A watch that held for so long resets the count of failures. */
  steadyMs: number;
  /** A watch that has something to deliver does so within this time. */
  proofMs: number;
  /** While watches deliver no events, the collection is listed again after this time, or up to twice as long. */
  listEveryMs: number;
}

export const defaultTiming: ReflectorTiming = {
  listTimeoutMs: 60_000,
  watchMs: 300_000,
  silenceMs: 75_000,
  steadyMs: 2_000,
  proofMs: 10_000,
  listEveryMs: 10_000,
};
