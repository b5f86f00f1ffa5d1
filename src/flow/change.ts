/** What is known to have changed when a key is added. */
export type Change =
  /** Perhaps nothing: the key is worth a look. */
  | 'perhaps'
  /** Something that decisions read beside the object of the key: the node, a class, the base directory. */
  | 'surroundings'
  /** All that a decision reads of one of the key's objects, in any words. Other words than before mean that the object changed. */
  | { of: 'claim' | 'volume'; words: string };

/** What is known of the objects of a key, in words. */
export type Known = { readonly [Of in 'claim' | 'volume']?: string };

/** A key that failed and is tried again. */
export interface Backoff {
  /** The objects of the key at the last try, as far as somebody said. */
  known: Known;
  /** Whether it was the API server that did not do its part. */
  byServer: boolean;
}

/**
 * The rule of which change ends which wait:
 *
 * | wait | perhaps | surroundings | the object changed |
 * |---|---|---|---|
 * | for a condition, or after a refusal | ends | ends | ends |
 * | our back-off, when something here failed | goes on | ends | ends |
 * | our back-off, when the API server did not do it | goes on | goes on | ends |
 * | what the API server asked for (Retry-After) | goes on | goes on | goes on |
 *
 * A change ends a back-off only if it can change the answer: an API server that is overloaded is so whatever becomes usable
 * on this node, and a claim that is annotated ten times a second is the same claim. This function answers the two rows of
 * our back-off.
 */
export function endsBackoff(change: Change, { known, byServer }: Backoff): boolean {
  if (change === 'perhaps') return false;
  if (change === 'surroundings') return !byServer;
  return change.words !== known[change.of];
}
