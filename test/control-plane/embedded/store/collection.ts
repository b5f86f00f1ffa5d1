import type { Resource } from '../objects/resources.ts';

import { Version } from './version.ts';

/** One thing that happened to one object. */
export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  key: string;
  revision: number;
  before: Version | undefined;
  after: Version | undefined;
  /** The state before, under the revision of this change: how an object that is gone is told of. */
  departed(): Version;
}

/** The objects of one resource in the order of their keys, and what happened to them. */
export class Collection {
  readonly resource: Resource;
  /** Told of every change at once, in order. */
  readonly listeners = new Set<(change: Change) => void>();
  readonly #versions = new Map<string, Version>();
  readonly #keys: string[] = [];
  readonly #historyLimit: number;
  #history: Change[] = [];
  /** The revision from which on the history is complete. */
  #oldestRevision = 0;

  constructor(resource: Resource, historyLimit: number) {
    this.resource = resource;
    this.#historyLimit = historyLimit;
  }

  get oldestRevision(): number {
    return this.#oldestRevision;
  }

  get lastRevision(): number {
    return this.#history.at(-1)?.revision ?? this.#oldestRevision;
  }

  get(key: string): Version | undefined {
    return this.#versions.get(key);
  }

  /** Objects whose keys begin with `prefix`, in order, as they are now. */
  range(prefix: string): Version[] {
    return keysWithPrefix(this.#keys, prefix).map((key) => this.#versions.get(key) as Version);
  }

  /** The same as they were at `revision`, which must not be older than the history. */
  rangeAt(prefix: string, revision: number): Version[] {
    if (revision >= this.lastRevision) return this.range(prefix);
    const versions = new Map(this.#versions);
    for (const { key, before } of this.changesAfter(revision).reverse()) {
      if (before === undefined) versions.delete(key);
      else versions.set(key, before);
    }
    return keysWithPrefix([...versions.keys()].sort(), prefix).map((key) => versions.get(key) as Version);
  }

  changesAfter(revision: number): Change[] {
    return this.#history.slice(firstIndex(this.#history, (change) => change.revision > revision));
  }

  apply(key: string, after: Version | undefined, revision: number): Change {
    const before = this.#versions.get(key);
    const change = newChange(this.resource, key, revision, before, after);
    if (after === undefined) this.#removeKey(key);
    else this.#versions.set(key, after);
    if (before === undefined) this.#insertKey(key);
    this.#history.push(change);
    if (this.#history.length > 2 * this.#historyLimit) this.forgetBefore(this.#historyLimit);
    for (const listener of this.listeners) listener(change);
    return change;
  }

  /** Keeps the latest `count` changes; whoever asks for older ones is told that they have expired. */
  forgetBefore(count: number): void {
    const forgotten = this.#history.length - count;
    if (forgotten <= 0) return;
    this.#oldestRevision = this.#history[forgotten - 1]?.revision ?? 0;
    this.#history = this.#history.slice(forgotten);
  }

  #insertKey(key: string): void {
    this.#keys.splice(
      firstIndex(this.#keys, (each) => each > key),
      0,
      key,
    );
  }

  #removeKey(key: string): void {
    this.#versions.delete(key);
    this.#keys.splice(
      firstIndex(this.#keys, (each) => each >= key),
      1,
    );
  }
}

function newChange(
  resource: Resource,
  key: string,
  revision: number,
  before: Version | undefined,
  after: Version | undefined,
): Change {
  let departed: Version | undefined;
  return {
    type: after === undefined ? 'DELETED' : before === undefined ? 'ADDED' : 'MODIFIED',
    key,
    revision,
    before,
    after,
    departed() {
      if (before === undefined) throw new Error(`${resource.plural} ${key} did not exist before revision ${revision}`);
      departed ??= new Version(resource, before.object, revision);
      return departed;
    },
  };
}

/** Where `holds` begins to be true in a sorted list, found by halving. */
function firstIndex<T>(sorted: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(sorted[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function keysWithPrefix(sorted: readonly string[], prefix: string): string[] {
  const begin = firstIndex(sorted, (key) => key >= prefix);
  const end = firstIndex(sorted, (key) => key > prefix && !key.startsWith(prefix));
  return sorted.slice(begin, end);
}
