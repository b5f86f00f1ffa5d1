import type { KubeApi } from '../kube/calls/kube-api.ts';

/** How long an answer of the API server counts, in milliseconds. */
const countsForMs = 30_000;

/** Answers questions about the other nodes of the cluster, which are not watched. */
export class OtherNodes {
  readonly #kube: Pick<KubeApi, 'readNode' | 'hasSeveralNodes'>;
  #several: { answer: boolean; atMs: number } | undefined;
  /** When a node was last found, by its name. */
  readonly #foundAtMs = new Map<string, number>();

  constructor(kube: Pick<KubeApi, 'readNode' | 'hasSeveralNodes'>) {
    this.#kube = kube;
  }

  /** Whether there are other nodes. The last answer counts for half a minute. */
  async areThere(): Promise<boolean> {
    const known = this.#several;
    if (known !== undefined && counts(known.atMs)) return known.answer;
    const answer = await this.#kube.hasSeveralNodes();
    this.#several = { answer, atMs: performance.now() };
    return answer;
  }

  /** Whether the node exists. Only a positive answer counts for half a minute. */
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
