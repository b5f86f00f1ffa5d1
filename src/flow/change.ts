/** The reason for adding a key. */
export type Change =
  /** Perhaps nothing: the key is worth a look. */
  | 'perhaps'
  /** Something else that decisions read has changed: the node, a class, the base directory. */
  | 'surroundings'
  /** An object of the key. It has changed if `words`, which hold all that decisions read of it, are not those that are known. */
  | { of: 'claim' | 'volume'; words: string };

/** The last words about each object of a key. */
export type Known = { readonly [Of in 'claim' | 'volume']?: string };

/** The wait of a key that failed. */
export interface Backoff {
  /** The words about the key's objects at the last try. */
  known: Known;
  /** Whether the API server failed the call. */
  byServer: boolean;
}

/**
 * The rule of which change ends which wait:
 *
 * | wait | perhaps | surroundings | the object changed |
 * |---|---|---|---|
 * | for a condition, or after a refusal | ends | ends | ends |
 * | our back-off, when something here failed | goes on | ends | ends |
 * | our back-off, when the API server failed the call | goes on | goes on | ends |
 * | what the API server asked for (Retry-After) | goes on | goes on | goes on |
 *
 * A change ends a back-off only if it can change the answer: a change on this node does not relieve an overloaded API server,
 * and a claim that is annotated ten times a second is the same claim. This function answers the two rows of our back-off.
 */
export function endsBackoff(change: Change, { known, byServer }: Backoff): boolean {
  if (change === 'perhaps') return false;
  if (change === 'surroundings') return !byServer;
  return change.words !== known[change.of];
}
