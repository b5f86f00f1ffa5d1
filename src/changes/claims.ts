import type { Change } from '../flow/change.ts';
import type { ChangeHandler } from '../kube/watch/change-handler.ts';
import {
  type ClaimReference,
  claimOf,
  decisiveWords,
  isBound,
  mayAskForMore,
  type PendingClaim,
  pendingClaimOf,
} from '../model/claim.ts';
import type { PersistentVolumeClaimObject } from '../model/kubernetes.ts';
import { claimKey, volumeNameFor } from '../model/names.ts';
import { ClaimsElsewhere } from './claims-elsewhere.ts';
import { Mirror } from './mirror.ts';

export interface PendingClaimsOptions {
  nodeName: string;
  provisionerNames: readonly string[];
  /** A claim that may be ours, or was, needs a look. */
  onPending: (key: string, change: Change) => void;
  /** A claim of our provisioner names has its volume, and may ask for more than that has. */
  onGrown: (claim: ClaimReference) => void;
  /** A claim that was pending exists no more. */
  onGone: (claim: ClaimReference) => void;
}

/** Keeps the claims that wait for this daemon, from the time they ask for it until they are bound, and those that wait for another node. */
export class PendingClaims implements ChangeHandler<PersistentVolumeClaimObject> {
  readonly #claims = new Mirror<PendingClaim>();
  /** Claims that are known to have their volume, until the watch shows them bound. */
  readonly #provisioned = new Mirror<true>();
  /** Claims of our provisioner names that wait for another node. */
  readonly #elsewhere: ClaimsElsewhere;
  readonly #options: PendingClaimsOptions;

  constructor(options: PendingClaimsOptions) {
    this.#options = options;
    this.#elsewhere = new ClaimsElsewhere((key) => options.onPending(key, 'perhaps'));
  }

  /** Has every pending claim looked at again: something that they may have waited for has changed. */
  lookAgain(): void {
    for (const key of this.#claims.keys()) this.#options.onPending(key, 'surroundings');
  }

  /** What is known of the claim that waits for this daemon, or for long for another node; whole if it came whole or was read, and has not changed since; another object after each change. */
  get(key: string): PendingClaim | undefined {
    return this.#claims.get(key) ?? this.#elsewhere.get(key);
  }

  stop(): void {
    this.#elsewhere.stop();
  }

  /** Names of the volumes that the pending claims are to have. */
  volumes(): Set<string> {
    return new Set([...this.#claims.values()].map(({ uid }) => volumeNameFor(uid)));
  }

  /**
   * The claim has its volume. One that was made now is always news; one that was found is not, if it was told before or
   * the claim waits no more.
   * @returns whether that is news
   */
  provisioned(key: string, isNew: boolean): boolean {
    const waits = this.#claims.has(key);
    const isNews = isNew || (waits && !this.#provisioned.has(key));
    if (waits) this.#provisioned.set(key, true);
    return isNews;
  }

  /** Nothing is left to do for the claim, unless it changes, or has changed since it was got as `seen`. */
  settled(key: string, seen: PendingClaim | undefined): void {
    if (this.#claims.get(key) === seen) this.#claims.delete(key);
  }

  listing(): void {
    this.#claims.startList();
    this.#provisioned.startList();
    this.#elsewhere.startList();
  }

  present(object: PersistentVolumeClaimObject): void {
    const claim = object.spec === undefined ? pendingClaimOf(object) : claimOf(object);
    const key = claimKey(claim);
    if (isBound(object)) this.#provisioned.delete(key);
    else if (this.#provisioned.has(key)) this.#provisioned.set(key, true); // the list shows it
    const waits = !isBound(object) && this.#isOurs(claim);
    if (!waits || this.#isForThisNode(claim)) this.#elsewhere.delete(key);
    else this.#elsewhere.set(key, claim);
    if (isBound(object)) {
      this.#claims.delete(key);
      if (this.#isOurs(claim) && mayAskForMore(object)) this.#options.onGrown(claim);
    } else if (waits && this.#isForThisNode(claim)) {
      this.#claims.set(key, claim);
      this.#options.onPending(key, { object: decisiveWords(object) });
    } else if (this.#claims.delete(key)) {
      this.#options.onPending(key, { object: decisiveWords(object) }); // given to another node meanwhile: what we may have begun is to be taken back
    }
  }

  gone(object: PersistentVolumeClaimObject): void {
    const claim = pendingClaimOf(object);
    const key = claimKey(claim);
    this.#provisioned.delete(key);
    const wasLookedAt = this.#elsewhere.delete(key);
    if (this.#claims.delete(key) || wasLookedAt) this.#options.onGone(claim);
  }

  listed(): void {
    this.#provisioned.endList();
    for (const [, claim] of this.#claims.endList()) this.#options.onGone(claim);
    for (const claim of this.#elsewhere.endList()) this.#options.onGone(claim);
  }

  #isOurs({ provisioner }: PendingClaim): boolean {
    return provisioner !== undefined && this.#options.provisionerNames.includes(provisioner);
  }

  #isForThisNode({ selectedNode }: PendingClaim): boolean {
    return selectedNode === undefined || selectedNode === this.#options.nodeName;
  }
}
