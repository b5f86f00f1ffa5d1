import { allowsSeveralNodes, type Class } from '../model/class.ts';

export interface ImmediateClassesOptions {
  /** Whether the cluster has other nodes than this one. */
  areThereOtherNodes: () => Promise<boolean>;
  /** The volumes of one pod may come to lie on several nodes. */
  onRisk: (cls: Class) => void;
}

/**
 * Finds the classes that do not wait for the first consumer although the cluster has several nodes, each once. While all
 * classes wait, nothing is asked.
 */
export class ImmediateClasses {
  readonly #options: ImmediateClassesOptions;
  /** UIDs of those that were told. */
  readonly #told = new Set<string>();

  constructor(options: ImmediateClassesOptions) {
    this.#options = options;
  }

  /** Never rejects: when the API server does not say whether there are other nodes, the next change of a class asks again. */
  async check(classes: Iterable<Class>): Promise<void> {
    const risky = [...classes].filter((cls) => !cls.waitForFirstConsumer && allowsSeveralNodes(cls));
    if (!risky.some(({ uid }) => !this.#told.has(uid))) return;
    if (!(await this.#options.areThereOtherNodes().catch(() => false))) return;
    for (const cls of risky) {
      if (this.#told.has(cls.uid)) continue;
      this.#told.add(cls.uid);
      this.#options.onRisk(cls);
    }
  }
}
