import { isDeepStrictEqual } from 'node:util';
import type { ChangeHandler } from '../kube/watch/change-handler.ts';
import type { MetadataObject } from '../model/kubernetes.ts';
import { hostnameLabel } from '../model/names.ts';
import type { NodeFacts } from '../model/node.ts';

/** Keeps the labels of the node that we run on. */
export class Node implements ChangeHandler<MetadataObject> {
  readonly #onChange: () => void;
  readonly #onMissing: () => void;
  #facts: NodeFacts;
  #everListed = false;

  constructor(options: { nodeName: string; onChange: () => void; onMissing: () => void }) {
    this.#onChange = options.onChange;
    this.#onMissing = options.onMissing;
    this.#facts = { name: options.nodeName, registered: false, labels: {}, hostname: undefined };
  }

  get facts(): NodeFacts {
    return this.#facts;
  }

  /** Whether the nodes were listed, and this one was never among them. */
  get isMissing(): boolean {
    return this.#everListed && !this.#facts.registered;
  }

  listing(): void {}

  present({ metadata }: MetadataObject): void {
    const { name, registered, labels: before } = this.#facts;
    const labels = metadata?.labels ?? {};
    if (registered && isDeepStrictEqual(labels, before)) return;
    this.#facts = { name, registered: true, labels, hostname: labels[hostnameLabel] };
    if (this.#everListed) this.#onChange(); // nothing was judged by it before
  }

  /** The last labels stay: a node that was removed comes back with the same disk, or never. */
  gone(): void {}

  listed(): void {
    const isFirst = !this.#everListed;
    this.#everListed = true;
    if (isFirst && this.isMissing) this.#onMissing();
  }
}
