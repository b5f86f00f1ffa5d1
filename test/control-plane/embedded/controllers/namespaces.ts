import { certificate } from '../http/certificate.ts';
import { type Json, keyOf } from '../objects/object.ts';
import type { Registry } from '../objects/registry.ts';
import { configMaps, namespaces, pods, serviceAccounts } from '../objects/resources.ts';
import type { Controller } from './controller.ts';
import { WorkQueue } from './work-queue.ts';

/** Furnishes new namespaces, and empties those that are being deleted before they go. */
export class Namespaces implements Controller {
  readonly #registry: Registry;
  readonly #queue = new WorkQueue((name) => this.#sync(name));

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  start(): void {
    const { store } = this.#registry;
    store.collection(namespaces).listeners.add(({ key }) => this.#queue.add(key));
    for (const { resource, listeners } of store.collections) {
      if (!resource.namespaced) continue;
      listeners.add(({ type, before }) => {
        if (type === 'DELETED') this.#queue.add(before?.object.metadata.namespace ?? '');
      });
    }
    for (const { object } of store.collection(namespaces).range('')) this.#queue.add(object.metadata.name);
  }

  stop(): void {
    this.#queue.stop();
  }

  #sync(name: string): void {
    const namespace = this.#registry.store.get(namespaces, name)?.object;
    if (namespace === undefined) return;
    if (namespace.metadata.deletionTimestamp === undefined) this.#furnish(name);
    else if (this.#empty(name)) this.#registry.store.remove(namespaces, name);
  }

  #furnish(namespace: string): void {
    const wanted = [
      { resource: serviceAccounts, object: { metadata: { name: 'default', namespace } } },
      {
        resource: configMaps,
        object: { metadata: { name: 'kube-root-ca.crt', namespace }, data: { 'ca.crt': certificate.cert } },
      },
    ];
    for (const { resource, object } of wanted) {
      if (this.#registry.store.get(resource, keyOf(object.metadata)) !== undefined) continue;
      this.#registry.create(resource, object as Json);
    }
  }

  /** Asks all that is left to go; answers whether nothing is left. */
  #empty(namespace: string): boolean {
    let left = 0;
    for (const collection of this.#registry.store.collections) {
      const { resource } = collection;
      if (!resource.namespaced) continue;
      for (const { object } of collection.range(`${namespace}/`)) {
        const options = resource === pods ? { gracePeriodSeconds: 0 } : {};
        if (!this.#registry.delete(resource, keyOf(object.metadata), options).removed) left++;
      }
    }
    return left === 0;
  }
}
