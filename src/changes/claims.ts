import type { Change } from '../flow/change.ts';
import type { ChangeHandler } from '../kube/watch/change-handler.ts';
import { type Claim, claimOf, decisiveWords } from '../model/claim.ts';
import type { PersistentVolumeClaimObject } from '../model/kubernetes.ts';
import { volumeNameFor } from '../model/names.ts';
import { isLarger } from '../model/quantity.ts';
import { ClaimsElsewhere } from './claims-elsewhere.ts';
import { Mirror } from './mirror.ts';

export interface ClaimsOptions {
  nodeName: string;
  provisionerNames: readonly string[];
  /** The claim that is to have the volume of this name, or had it, needs a look. */
  onChange: (volume: string, change: Change) => void;
  /** The bound claim of this volume asks for more than the volume has. The volume may be another node's. */
  onGrown: (volume: string) => void;
  /** The claim has its volume. */
  onBound: (volume: string) => void;
}

/** The claim exists no more, or is not for this daemon any more. */
const gone: Change = { of: 'claim', words: '' };

/**
 * Keeps the claims that wait for this daemon, from the time they ask for it until they are bound, and those that wait for
 * another node; all by the name of the volume that they are to have.
 */
export class Claims implements ChangeHandler<PersistentVolumeClaimObject> {
  readonly #waiting = new Mirror<Claim>();
  /** Claims of our provisioner names that wait for another node. */
  readonly #elsewhere: ClaimsElsewhere;
  readonly #options: ClaimsOptions;

  constructor(options: ClaimsOptions) {
    this.#options = options;
    this.#elsewhere = new ClaimsElsewhere((volume) => options.onChange(volume, 'perhaps'));
  }

  /** The claim that waits for this daemon, or for long for another node; another object after each change. */
  waiting(volume: string): Claim | undefined {
    return this.#waiting.get(volume) ?? this.#elsewhere.get(volume);
  }

  /** Whether a claim waits for this daemon that is to have the volume of this name. */
  has(volume: string): boolean {
    return this.#waiting.has(volume);
  }

  /** Something that claims may have waited for has changed. */
  surroundingsChanged(): void {
    for (const volume of this.#waiting.keys()) this.#options.onChange(volume, 'surroundings');
  }

  /** Nothing is left to do for the claim, unless it changes, or has changed since it was seen as `seen`. */
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
    const claim = claimOf(object);
    const volume = volumeNameFor(claim.uid);
    const isOurs = claim.provisioner !== undefined && this.#options.provisionerNames.includes(claim.provisioner);
    const waitsFor = !isOurs || claim.bound ? 'nobody' : this.#isForThisNode(claim) ? 'us' : 'another node';
    if (waitsFor === 'another node') this.#elsewhere.set(volume, claim);
    else this.#elsewhere.delete(volume);
    if (waitsFor === 'us') {
      this.#waiting.set(volume, claim);
      this.#options.onChange(volume, { of: 'claim', words: decisiveWords(claim) });
    } else if (this.#waiting.delete(volume) && !claim.bound) {
      this.#options.onChange(volume, { of: 'claim', words: decisiveWords(claim) }); // what was begun for it is to be taken back
    }
    if (isOurs && claim.bound) this.#bound(volume, claim);
  }

  gone({ metadata }: PersistentVolumeClaimObject): void {
    const volume = volumeNameFor(metadata?.uid ?? '');
    const wasLookedAt = this.#elsewhere.delete(volume);
    if (this.#waiting.delete(volume) || wasLookedAt) this.#options.onChange(volume, gone);
  }

  listed(): void {
    for (const [volume] of this.#waiting.endList()) this.#options.onChange(volume, gone);
    for (const volume of this.#elsewhere.endList()) this.#options.onChange(volume, gone);
  }

  #bound(volume: string, { requestedStorage, capacity, volumeName }: Claim): void {
    this.#options.onBound(volume);
    if (isLarger(requestedStorage, capacity)) this.#options.onGrown(volumeName ?? volume);
  }

  #isForThisNode({ selectedNode }: Claim): boolean {
    return selectedNode === undefined || selectedNode === this.#options.nodeName;
  }
}
