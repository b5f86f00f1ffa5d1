/** How long an API server may go on with a call that it has not answered, in milliseconds: its default --request-timeout. */
const longestRequestMs = 60_000;

/**
 * Volumes whose creation was sent and not answered. Until the API server must have given up, that no such volume exists
 * proves nothing, and the directory that it would have must stay. A restart forgets them: the calls of a process end with
 * its connections.
 */
export class Doubts {
  readonly #untilMs = new Map<string, number>();

  note(volume: string): void {
    this.#untilMs.set(volume, performance.now() + longestRequestMs);
  }

  /** How long the volume may still come into being, in milliseconds; 0 when it cannot. */
  remainingMs(volume: string): number {
    const remaining = (this.#untilMs.get(volume) ?? 0) - performance.now();
    if (remaining > 0) return remaining;
    this.#untilMs.delete(volume);
    return 0;
  }
}
