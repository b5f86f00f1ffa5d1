import type { MetadataObject } from '../../model/kubernetes.ts';

/**
 * Receives the objects of a selection and their changes. The reflector keeps no object: the handler keeps what it needs.
 * Each list calls `listing`, then `present` for each object, then `listed`. An object that was not present since the last
 * `listing` no longer exists.
 */
export interface ChangeHandler<Kind extends MetadataObject> {
  listing(): void;
  /** The object exists: it may be new, changed or unchanged. */
  present(object: Kind): void;
  /** The object was deleted; this was its last state. */
  gone(object: Kind): void;
  listed(): void;
}
