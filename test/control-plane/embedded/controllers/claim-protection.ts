import { claimProtection } from '../objects/admission.ts';
import { type Json, type KubeObject, keyOf, timestamp } from '../objects/object.ts';
import type { Registry } from '../objects/registry.ts';
import { claims, pods } from '../objects/resources.ts';
import type { Change } from '../store/collection.ts';
import type { Controller } from './controller.ts';
import { addFinalizer, removeFinalizer } from './finalizers.ts';
import { WorkQueue } from './work-queue.ts';

const conditionType = 'Unused';

/** Keeps a deleted claim while a pod on a node uses it, and says of a bound claim whether a pod does. */
export class ClaimProtection implements Controller {
  readonly #registry: Registry;
  readonly #queue = new WorkQueue((key) => this.#sync(key));

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  start(): void {
    const { store } = this.#registry;
    store.collection(claims).listeners.add(({ key }) => this.#queue.add(key));
    store.collection(pods).listeners.add((change) => this.#podChanged(change));
  }

  stop(): void {
    this.#queue.stop();
  }

  #podChanged({ before, after }: Change): void {
    const pod = (after ?? before)?.object;
    if (pod === undefined) return;
    for (const name of claimNamesOf(pod)) this.#queue.add(`${pod.metadata.namespace}/${name}`);
  }

  #sync(key: string): void {
    const claim = this.#registry.store.get(claims, key)?.object;
    if (claim === undefined) return;
    if (claim.metadata.deletionTimestamp === undefined) {
      this.#recordUse(claim);
      addFinalizer(this.#registry, claims, key, claimProtection);
    } else if (!this.#podsOf(claim).some(isOnNode)) {
      removeFinalizer(this.#registry, claims, key, claimProtection);
    }
  }

  #podsOf({ metadata }: KubeObject): KubeObject[] {
    return this.#registry.store
      .collection(pods)
      .range(`${metadata.namespace}/`)
      .map(({ object }) => object)
      .filter((pod) => claimNamesOf(pod).includes(metadata.name));
  }

  #recordUse(claim: KubeObject): void {
    if (claim.status?.phase !== 'Bound') return;
    const isUsed = this.#podsOf(claim).some((pod) => !isFinished(pod));
    const conditions: Json[] = claim.status.conditions ?? [];
    const status = isUsed ? 'False' : 'True';
    if (conditions.find(({ type }) => type === conditionType)?.status === status) return;
    const condition = {
      type: conditionType,
      status,
      lastProbeTime: null,
      lastTransitionTime: timestamp(),
      reason: isUsed ? 'PodUsingPVC' : 'NoPodsUsingPVC',
      message: isUsed ? 'A pod is currently referencing this PVC' : 'No pods are currently referencing this PVC',
    };
    const others = conditions.filter(({ type }) => type !== conditionType);
    const change = (current: KubeObject) => ({
      ...current,
      status: { ...current.status, conditions: [...others, condition] },
    });
    this.#registry.update(claims, keyOf(claim.metadata), change, { subresource: 'status' });
  }
}

const claimNamesOf = (pod: KubeObject): string[] =>
  (pod.spec.volumes ?? [])
    .map((volume: Json) => volume.persistentVolumeClaim?.claimName)
    .filter((name: string | undefined) => name !== undefined);

/** Only what is on a node can hold a claim: a kubelet starts no pod whose claim is being deleted. */
const isOnNode = ({ spec }: KubeObject) => Boolean(spec.nodeName);

const isFinished = ({ status }: KubeObject) => status?.phase === 'Failed' || status?.phase === 'Succeeded';
