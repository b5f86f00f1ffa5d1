import type { KubeApi } from '../kube/calls/kube-api.ts';

/** How long an answer of the API server counts, in milliseconds. */
const countsForMs = 30_000;

/** What is asked now and then about the other nodes of the cluster, of which none is watched. */
export class OtherNodes {
  readonly #kube: Pick<KubeApi, 'readNode' | 'hasSeveralNodes'>;
  #several: { answer: boolean; atMs: number } | undefined;
  /** By name, when a node was last found. */
  readonly #foundAtMs = new Map<string, number>();

  constructor(kube: Pick<KubeApi, 'readNode' | 'hasSeveralNodes'>) {
    this.#kube = kube;
  }

  /** Whether there is any. The last answer counts for half a minute. */
  async areThere(): Promise<boolean> {
    const known = this.#several;
    if (known !== undefined && counts(known.atMs)) return known.answer;
    const answer = await this.#kube.hasSeveralNodes();
    this.#several = { answer, atMs: performance.now() };
    return answer;
  }

  /** Whether the node exists. That it did counts for half a minute; that it did not may have changed since. */
  async has(name: string): Promise<boolean> {
    const foundAtMs = this.#foundAtMs.get(name);
    if (foundAtMs !== undefined && counts(foundAtMs)) return true;
    for (const [other, atMs] of this.#foundAtMs) if (!counts(atMs)) this.#foundAtMs.delete(other);
    const found = (await this.#kube.readNode(name)) !== undefined;
    if (found) this.#foundAtMs.set(name, performance.now());
    return found;
  }
}

const counts = (atMs: number): boolean => performance.now() - atMs < countsForMs;
