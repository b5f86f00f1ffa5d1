import type { FieldError } from '../objects/field-error.ts';
import type { KubeObject } from '../objects/object.ts';
import type { Shape } from '../objects/schema.ts';

/** What one kind has of its own, beyond the columns of its resource. */
export interface Kind {
  /** The fields beside `metadata`. Without it, whatever is sent is kept as it is. */
  shape?: Record<string, Shape>;
  /** Fills in what was left out, in place. On updates too: a default that was taken away comes back. */
  setDefaults?(object: KubeObject): void;
  /** Sets what only the server may set on a new object, in place. */
  prepareCreate?(object: KubeObject): void;
  /** Sets what only the server may set on a changed status, in place. */
  prepareStatus?(object: KubeObject, old: KubeObject): void;
  validate?(object: KubeObject): FieldError[];
  validateUpdate?(object: KubeObject, old: KubeObject): FieldError[];
  validateStatus?(object: KubeObject): FieldError[];
}
