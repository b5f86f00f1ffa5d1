import type { Change } from '../flow/change.ts';
import type { ChangeHandler } from '../kube/watch/change-handler.ts';
import { type Claim, claimOf, decisiveWords, hasResizeMarks, provisionerOf } from '../model/claim.ts';
import type { PersistentVolumeClaimObject } from '../model/kubernetes.ts';
import { volumeNameFor } from '../model/names.ts';
import { isLarger } from '../model/quantity.ts';
import { ClaimsElsewhere } from './claims-elsewhere.ts';
import { Mirror } from './mirror.ts';

export interface ClaimsOptions {
  nodeName: string;
  provisionerNames: readonly string[];
  /** The claim whose volume has or would get this name needs a look. */
  onChange: (volume: string, change: Change) => void;
  /** The bound claim of this volume asks for more than it has, or did so before. The volume may be another node's. */
  onGrown: (volume: string) => void;
  /** The claim has its volume. */
  onBound: (volume: string) => void;
}

/** The claim no longer exists, or another provisioner has to act on it. */
const gone: Change = { of: 'claim', words: '' };

const changeOf = (claim: Claim): Change => ({ of: 'claim', words: decisiveWords(claim) });

/** Keeps the claims that wait for this daemon or for another node, by the names of their volumes. */
export class Claims implements ChangeHandler<PersistentVolumeClaimObject> {
  readonly #waiting = new Mirror<Claim>();
  /** Claims of our provisioner names that wait for another node. */
  readonly #elsewhere: ClaimsElsewhere;
  readonly #options: ClaimsOptions;

  constructor(options: ClaimsOptions) {
    this.#options = options;
    this.#elsewhere = new ClaimsElsewhere((volume) => options.onChange(volume, 'perhaps'));
  }

  /** The claim if it waits for this daemon, or waits long for another node. Each change makes another object of it. */
  waiting(volume: string): Claim | undefined {
    return this.#waiting.get(volume) ?? this.#elsewhere.get(volume);
  }

  /** Whether the claim of this volume waits for this daemon. */
  has(volume: string): boolean {
    return this.#waiting.has(volume);
  }

  /** Something that claims may have waited for has changed. */
  surroundingsChanged(): void {
    for (const volume of this.#waiting.keys()) this.#options.onChange(volume, 'surroundings');
  }

  /** Forgets the claim, unless it has changed since it was read as `seen`: nothing is left to do for it. */
  settled(volume: string, seen: Claim | undefined): void {
    if (this.#waiting.get(volume) === seen) this.#waiting.delete(volume);
  }

  stop(): void {
    this.#elsewhere.stop();
  }

  listing(): void {
    this.#waiting.startList();
    this.#elsewhere.startList();
  }

  present(object: PersistentVolumeClaimObject): void {
    const volume = volumeNameFor(object.metadata?.uid ?? '');
    if (this.#isOurs(object)) this.#presentOurs(volume, claimOf(object));
    else this.#forget(volume);
  }

  gone({ metadata }: PersistentVolumeClaimObject): void {
    this.#forget(volumeNameFor(metadata?.uid ?? ''));
  }

  listed(): void {
    for (const [volume] of this.#waiting.endList()) this.#options.onChange(volume, gone);
    for (const volume of this.#elsewhere.endList()) this.#options.onChange(volume, gone);
  }

  #presentOurs(volume: string, claim: Claim): void {
    const { bound, requestedStorage, capacity, volumeName } = claim;
    const { nodeName, onBound, onChange, onGrown } = this.#options;
    const isElsewhere = claim.selectedNode !== undefined && claim.selectedNode !== nodeName;
    if (!bound && isElsewhere) this.#elsewhere.set(volume, claim);
    else this.#elsewhere.delete(volume);
    if (bound) {
      this.#waiting.delete(volume);
      onBound(volume);
      if (isLarger(requestedStorage, capacity) || hasResizeMarks(claim)) onGrown(volumeName ?? volume);
    } else if (!isElsewhere) {
      this.#waiting.set(volume, claim);
      onChange(volume, changeOf(claim));
    } else if (this.#waiting.delete(volume)) {
      onChange(volume, changeOf(claim)); // what was begun for it here has to be undone
    }
  }

  #forget(volume: string): void {
    const wasLookedAt = this.#elsewhere.delete(volume);
    if (this.#waiting.delete(volume) || wasLookedAt) this.#options.onChange(volume, gone);
  }

  #isOurs({ metadata }: PersistentVolumeClaimObject): boolean {
    const provisioner = provisionerOf(metadata);
    return provisioner !== undefined && this.#options.provisionerNames.includes(provisioner);
  }
}
