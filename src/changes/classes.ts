import { isDeepStrictEqual } from 'node:util';
import type { ChangeHandler } from '../kube/watch/change-handler.ts';
import { type Class, classOf } from '../model/class.ts';
import type { StorageClassObject } from '../model/kubernetes.ts';
import { Mirror } from './mirror.ts';

/** Keeps the classes of our provisioner names. Claims may wait for any change of a class. */
export class Classes implements ChangeHandler<StorageClassObject> {
  readonly byName = new Mirror<Class>();
  readonly #options: { provisionerNames: readonly string[]; onChange: () => void };

  constructor(options: { provisionerNames: readonly string[]; onChange: () => void }) {
    this.#options = options;
  }

  listing(): void {
    this.byName.startList();
  }

  present(object: StorageClassObject): void {
    const cls = classOf(object);
    const known = this.byName.get(cls.name);
    const ours = this.#options.provisionerNames.includes(cls.provisioner) ? cls : undefined;
    if (ours !== undefined) this.byName.set(cls.name, ours);
    else this.byName.delete(cls.name);
    if (!isDeepStrictEqual(ours, known)) this.#options.onChange();
  }

  gone(object: StorageClassObject): void {
    if (this.byName.delete(classOf(object).name)) this.#options.onChange();
  }

  listed(): void {
    if (this.byName.endList().length > 0) this.#options.onChange();
  }
}
