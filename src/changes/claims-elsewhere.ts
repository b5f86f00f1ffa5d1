import type { Claim } from '../model/claim.ts';
import { Mirror } from './mirror.ts';

/** Waits before the looks at a claim, in milliseconds; the last one repeats. Each is lengthened by up to half of it. */
const waitsMs = [30_000, 60_000, 120_000, 300_000];

/** How often the waits are checked, in milliseconds. */
const tickMs = 1_000;

interface Waiting {
  claim: Claim;
  /** When the next look is due, by `performance.now`. */
  lookAtMs: number;
  looks: number;
}

/** Keeps the claims that wait for another node, and starts rarer and rarer looks at them: that node may not exist. */
export class ClaimsElsewhere {
  readonly #claims = new Mirror<Waiting>();
  readonly #onLong: (key: string) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param onLong a claim has waited long enough for a look */
  constructor(onLong: (key: string) => void) {
    this.#onLong = onLong;
  }

  /** The claim, once it has waited long enough for a look. */
  get(key: string): Claim | undefined {
    const waiting = this.#claims.get(key);
    return waiting !== undefined && waiting.looks > 0 ? waiting.claim : undefined;
  }

  /** The claim waits. Its time begins again when another node is selected. */
  set(key: string, claim: Claim): void {
    const known = this.#claims.get(key);
    const isSameNode = known?.claim.selectedNode === claim.selectedNode;
    this.#claims.set(key, known !== undefined && isSameNode ? { ...known, claim } : waitingFrom(claim));
    this.#timer ??= setInterval(() => this.#look(), tickMs).unref();
  }

  /** The claim no longer waits for another node. @returns whether it was looked at */
  delete(key: string): boolean {
    const wasLookedAt = this.get(key) !== undefined;
    this.#claims.delete(key);
    if (this.#claims.size === 0) this.stop();
    return wasLookedAt;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  startList(): void {
    this.#claims.startList();
  }

  /** Drops the claims that the list did not show. @returns the keys of those that were looked at */
  endList(): string[] {
    return this.#claims.endList().flatMap(([key, { looks }]) => (looks > 0 ? [key] : []));
  }

  #look(): void {
    const now = performance.now();
    for (const [key, waiting] of this.#claims) {
      if (now < waiting.lookAtMs) continue;
      waiting.looks += 1;
      waiting.lookAtMs = now + waitMs(waiting.looks);
      this.#onLong(key);
    }
  }
}

const waitingFrom = (claim: Claim): Waiting => ({ claim, looks: 0, lookAtMs: performance.now() + waitMs(0) });

const waitMs = (looks: number): number => (waitsMs[Math.min(looks, waitsMs.length - 1)] ?? 0) * (1 + Math.random() / 2);
