/**
 * How long after a node was given back the next may be, in milliseconds, by how many were given back before: scheduler and
 * daemon would chase each other if no node had what the claim needs.
 */
const waitsMs = [0, 30_000, 60_000, 120_000, 300_000];

/** Without another one for this time, the next counts as the first again, in milliseconds. */
const forgottenAfterMs = 600_000;

/** Which claims have had their selected node given back, by volume name. A restart forgets, so that one may come too early. */
export class GiveBacks {
  readonly #byVolume = new Map<string, { count: number; lastMs: number }>();

  note(volume: string): void {
    for (const [other, given] of this.#byVolume) if (isForgotten(given)) this.#byVolume.delete(other);
    const count = (this.#byVolume.get(volume)?.count ?? 0) + 1;
    this.#byVolume.set(volume, { count, lastMs: performance.now() });
  }

  /** How long the next is to wait, in milliseconds; 0 when it may come at once. */
  waitMs(volume: string): number {
    const given = this.#byVolume.get(volume);
    if (given === undefined || isForgotten(given)) return 0;
    const waitMs = waitsMs[Math.min(given.count, waitsMs.length - 1)] ?? 0;
    return Math.max(0, given.lastMs + waitMs - performance.now());
  }
}

const isForgotten = ({ lastMs }: { lastMs: number }): boolean => performance.now() - lastMs >= forgottenAfterMs;
