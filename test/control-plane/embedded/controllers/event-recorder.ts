import { randomUUID } from 'node:crypto';
import { subdomainProblems } from '../objects/names.ts';
import { type Json, type KubeObject, timestamp } from '../objects/object.ts';
import type { Registry } from '../objects/registry.ts';
import { apiVersionOf, events, namespaces, type Resource } from '../objects/resources.ts';

/** Sends Events about objects; the same Event again only counts up. */
export class EventRecorder {
  readonly #registry: Registry;
  readonly #component: string;
  /** The keys of Events already sent. */
  readonly #sent = new Map<string, string>();

  constructor(registry: Registry, component: string) {
    this.#registry = registry;
    this.#component = component;
  }

  send(resource: Resource, object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void {
    if (!this.#isOpen(object.metadata.namespace ?? 'default')) return;
    const identity = JSON.stringify([object.metadata.uid, type, reason, message]);
    const sentBefore = this.#sent.get(identity);
    if (sentBefore !== undefined && this.#registry.store.get(events, sentBefore)) this.#countUp(sentBefore);
    else this.#sent.set(identity, this.#sendFirst(resource, object, type, reason, message));
  }

  /** Answers with the key of the new Event. */
  #sendFirst(resource: Resource, object: KubeObject, type: string, reason: string, message: string): string {
    const { name, namespace = 'default', uid, resourceVersion } = object.metadata;
    const now = timestamp();
    const eventName = newEventName(name);
    const event: Json = {
      metadata: { name: eventName, namespace },
      involvedObject: {
        kind: resource.kind,
        ...(object.metadata.namespace !== undefined && { namespace }),
        name,
        uid,
        apiVersion: apiVersionOf(resource),
        resourceVersion,
      },
      reason,
      message,
      source: { component: this.#component },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      eventTime: null,
      reportingComponent: this.#component,
      reportingInstance: '',
    };
    this.#registry.create(events, event);
    return `${namespace}/${eventName}`;
  }

  /** Nothing new is taken by a namespace that is going or gone, and nobody misses Events there. */
  #isOpen(namespace: string): boolean {
    const object = this.#registry.store.get(namespaces, namespace)?.object;
    return object !== undefined && object.metadata.deletionTimestamp === undefined;
  }

  #countUp(key: string): void {
    this.#registry.update(events, key, (event) => ({
      ...event,
      count: event.count + 1,
      lastTimestamp: timestamp(),
    }));
  }
}

function newEventName(about: string): string {
  const name = `${about}.${process.hrtime.bigint().toString(16)}`;
  return subdomainProblems(name).length > 0 ? randomUUID() : name;
}
