import type { DeleteDecision } from './decide.ts';

/** A loss is told again after this time, in milliseconds: Events do not last. That it healed is seen sooner (changes/directories.ts). */
export const tellLossAgainMs = 10 * 60_000;

interface Loss {
  reason: string;
  /** When it was told last, by `performance.now`. */
  toldAtMs: number;
}

/** The volumes whose directory was not there when they were last looked at. */
export class LostVolumes {
  readonly #losses = new Map<string, Loss>();

  get names(): Iterable<string> {
    return this.#losses.keys();
  }

  has(volume: string): boolean {
    return this.#losses.has(volume);
  }

  /** Takes what a look has found. @returns whether it is a loss that is to be told: a new one, or one that was told long ago */
  note(volume: string, decision: DeleteDecision): boolean {
    if (decision.action !== 'report') {
      this.#losses.delete(volume);
      return false;
    }
    const now = performance.now();
    const known = this.#losses.get(volume);
    if (known?.reason === decision.reason && now - known.toldAtMs < tellLossAgainMs) return false;
    this.#losses.set(volume, { reason: decision.reason, toldAtMs: now });
    return true;
  }

  /** How many there are, by reason. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { reason } of this.#losses.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    return counts;
  }
}
