import type { DeleteDecision } from './decide.ts';

/** The volumes whose directory was not there when they were last looked at. */
export class LostVolumes {
  readonly #reasons = new Map<string, string>();

  get names(): Iterable<string> {
    return this.#reasons.keys();
  }

  has(volume: string): boolean {
    return this.#reasons.has(volume);
  }

  note(volume: string, decision: DeleteDecision): void {
    if (decision.action === 'report') this.#reasons.set(volume, decision.reason);
    else this.#reasons.delete(volume);
  }

  /** How many there are, by reason. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const reason of this.#reasons.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    return counts;
  }
}
