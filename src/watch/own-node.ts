import { isDeepStrictEqual } from 'node:util';
import type { ChangeHandler } from '../kube/changes.ts';
import type { MetadataObject } from '../model/kubernetes.ts';
import { hostnameLabel } from '../model/names.ts';
import type { NodeFacts } from '../model/node.ts';

/** Keeps the labels of the node that we run on. */
export class OwnNode implements ChangeHandler<MetadataObject> {
  readonly #onChange: () => void;
  readonly #onMissing: () => void;
  #facts: NodeFacts;
  #registered = false;

  constructor(options: { nodeName: string; onChange: () => void; onMissing: () => void }) {
    this.#onChange = options.onChange;
    this.#onMissing = options.onMissing;
    // Until the node has registered: kubelet labels a node with its name as its hostname, unless told otherwise.
    this.#facts = { name: options.nodeName, labels: { [hostnameLabel]: options.nodeName }, hostname: options.nodeName };
  }

  get facts(): NodeFacts {
    return this.#facts;
  }

  listing(): void {
    this.#registered = false;
  }

  present({ metadata }: MetadataObject): void {
    this.#registered = true;
    const labels = metadata?.labels ?? {};
    if (isDeepStrictEqual(labels, this.#facts.labels)) return;
    this.#facts = { name: this.#facts.name, labels, hostname: labels[hostnameLabel] };
    this.#onChange();
  }

  /** The last labels stay: a node that was removed comes back with the same disk, or never. */
  gone(): void {
    this.#registered = false;
  }

  listed(): void {
    if (!this.#registered) this.#onMissing();
  }
}
