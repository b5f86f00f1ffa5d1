import { volumeProtection } from '../objects/admission.ts';
import type { Registry } from '../objects/registry.ts';
import { volumes } from '../objects/resources.ts';
import type { Controller } from './controller.ts';
import { addFinalizer, removeFinalizer } from './finalizers.ts';
import { WorkQueue } from './work-queue.ts';

/** Keeps a deleted volume as long as it is bound. */
export class VolumeProtection implements Controller {
  readonly #registry: Registry;
  readonly #queue = new WorkQueue((key) => this.#sync(key));

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  start(): void {
    this.#registry.store.collection(volumes).listeners.add(({ key }) => this.#queue.add(key));
  }

  stop(): void {
    this.#queue.stop();
  }

  #sync(key: string): void {
    const volume = this.#registry.store.get(volumes, key)?.object;
    if (volume === undefined) return;
    if (volume.metadata.deletionTimestamp === undefined) addFinalizer(this.#registry, volumes, key, volumeProtection);
    else if (volume.status?.phase !== 'Bound') removeFinalizer(this.#registry, volumes, key, volumeProtection);
  }
}
