import type { MetadataObject } from '../../model/kubernetes.ts';

/** Which objects to list and watch. */
export interface Selection {
  /** Path of the collection, such as `/api/v1/persistentvolumes`. */
  path: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Asks for metadata alone, which saves the rest of every object in transport and memory. */
  metadataOnly?: boolean;
  /** Asks for whole objects when listing, although the watch brings metadata alone. */
  listWhole?: boolean;
}

/**
 * What becomes of the objects of a selection. No object is kept for the handler: it keeps what it needs.
 * After a break, everything is listed again: `present` for each object, then `listed` once, so that what was not
 * present since the last `listing` is gone.
 */
export interface ChangeHandler<Kind extends MetadataObject> {
  listing(): void;
  /** The object exists, new or changed or merely seen again. */
  present(object: Kind): void;
  /** The object was deleted; this was its last state. */
  gone(object: Kind): void;
  listed(): void;
}
