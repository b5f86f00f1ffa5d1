/** All in milliseconds. */
export const defaultTiming = {
  /** For each page of a list. */
  listTimeoutMs: 60_000,
  /** The server is asked to end a watch after this time, or up to twice as long. */
  watchMs: 300_000,
  /**
   * A watch that is silent for so long is replaced, after a proof that watches deliver events: the server may hang behind a
   * live connection. Most API servers send a bookmark each minute; elsewhere, a quiet watch is replaced for nothing.
   */
  silenceMs: 75_000,
  /** A watch that held for so long resets the count of failures. */
  steadyMs: 2_000,
  /** A watch that has something to deliver does so within this time. */
  proofMs: 10_000,
  /** While watches deliver no events, the collection is listed again after this time, or up to twice as long. */
  listEveryMs: 10_000,
};

export type ReflectorTiming = typeof defaultTiming;
