import type { KubeObject } from '../objects/object.ts';
import { volumes } from '../objects/resources.ts';
import type { Change, Collection } from '../store/collection.ts';
import type { Store } from '../store/store.ts';
import { claimKeyOf } from './volume-matching.ts';

const nobody = '';

/** Volumes by the claim that they name, so that no claim makes the binder look at all volumes. */
export class VolumeIndex {
  readonly #collection: Collection;
  readonly #keys = new Map<string, Set<string>>();

  constructor(store: Store) {
    this.#collection = store.collection(volumes);
  }

  start(): void {
    this.#collection.listeners.add((change) => this.#follow(change));
  }

  /** Volumes that name this claim, whatever its UID. */
  of(claimKey: string): KubeObject[] {
    const keys = [...(this.#keys.get(claimKey) ?? [])];
    return keys.map((key) => this.#collection.get(key)?.object).filter((volume) => volume !== undefined);
  }

  unclaimed(): KubeObject[] {
    return this.of(nobody);
  }

  #follow({ key, before, after }: Change): void {
    const left = before && (claimKeyOf(before.object) ?? nobody);
    const entered = after && (claimKeyOf(after.object) ?? nobody);
    if (left === entered) return;
    if (left !== undefined) this.#remove(left, key);
    if (entered === undefined) return;
    const keys = this.#keys.get(entered) ?? new Set();
    this.#keys.set(entered, keys.add(key));
  }

  #remove(claimKey: string, key: string): void {
    const keys = this.#keys.get(claimKey);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(claimKey);
  }
}
