import type { ChangeHandler } from '../../src/kube/watch/change-handler.ts';
import type { MetadataObject } from '../../src/model/kubernetes.ts';

/** Shows a handler a whole list, as a reflector does at the start and after a break. */
export function listAnew<Kind extends MetadataObject>(handler: ChangeHandler<Kind>, ...objects: Kind[]): void {
  handler.listing();
  for (const object of objects) handler.present(object);
  handler.listed();
}
