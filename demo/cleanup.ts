import { DemoFailure } from './failure.ts';

/** What is to be undone at the end, whatever happens. */
export class Cleanup {
  readonly #deeds: { what: string; deed: () => Promise<unknown> }[] = [];

  add(what: string, deed: () => Promise<unknown>): void {
    this.#deeds.push({ what, deed });
  }

  /** Undoes everything, what came last first. @returns what could not be undone, in words */
  async run(): Promise<string[]> {
    const problems: string[] = [];
    for (const { what, deed } of this.#deeds.splice(0).reverse()) {
      try {
        await deed();
      } catch (error) {
        problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
        if (error instanceof DemoFailure) problems.push(...error.seen);
      }
    }
    return problems;
  }
}
