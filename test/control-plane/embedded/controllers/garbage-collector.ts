import { foregroundDeletion, orphan } from '../objects/deletion.ts';
import type { Registry } from '../objects/registry.ts';
import type { Collection } from '../store/collection.ts';
import type { Controller } from './controller.ts';
import { removeFinalizer } from './finalizers.ts';
import { WorkQueue } from './work-queue.ts';

/** Lets objects go that were deleted in the foreground or with their dependents orphaned. It looks for no dependents. */
export class GarbageCollector implements Controller {
  readonly #registry: Registry;
  readonly #queues: WorkQueue[] = [];

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  start(): void {
    for (const collection of this.#registry.store.collections) this.#watch(collection);
  }

  stop(): void {
    for (const queue of this.#queues) queue.stop();
  }

  #watch({ resource, listeners }: Collection): void {
    const queue = new WorkQueue((key) => {
      if (this.#registry.store.get(resource, key) === undefined) return;
      removeFinalizer(this.#registry, resource, key, foregroundDeletion, orphan);
    });
    this.#queues.push(queue);
    listeners.add(({ key, after }) => {
      const { deletionTimestamp, finalizers = [] } = after?.object.metadata ?? {};
      if (deletionTimestamp === undefined) return;
      if (finalizers.includes(foregroundDeletion) || finalizers.includes(orphan)) queue.add(key);
    });
  }
}
