/** For so long a shortage counts that was not met again, in milliseconds: the claim is tried again sooner than that. */
const countsForMs = 120_000;

/** The claims whose directory did not fit on the disk at the last try, by volume name. */
export class Shortages {
  readonly #byVolume = new Map<string, { message: string; atMs: number }>();

  /** `message` says what was short, in words for the user. */
  note(volume: string, message: string): void {
    for (const [other, met] of this.#byVolume) if (isOver(met)) this.#byVolume.delete(other);
    this.#byVolume.set(volume, { message, atMs: performance.now() });
  }

  forget(volume: string): void {
    this.#byVolume.delete(volume);
  }

  /** What was short, or undefined if nothing was. */
  messageOf(volume: string): string | undefined {
    const met = this.#byVolume.get(volume);
    return met === undefined || isOver(met) ? undefined : met.message;
  }
}

const isOver = ({ atMs }: { atMs: number }): boolean => performance.now() - atMs >= countsForMs;
