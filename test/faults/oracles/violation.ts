/** The promises that are checked, by the names that reports use. README.md says what each means. */
export type Oracle =
  | 'S1'
  | 'S2'
  | 'S3'
  | 'S4'
  | 'S5'
  | 'S6'
  | 'S7'
  | 'S8'
  | 'S9'
  | 'L1'
  | 'L2'
  | 'L3'
  | 'L4'
  | 'L5'
  | 'alive'
  | 'harness';

/** A promise that was broken. */
export interface Violation {
  oracle: Oracle;
  /** What it happened to: a claim, a volume, a path, a request. */
  object: string;
  /** What was seen, so that a reader can judge it without running it again. */
  evidence: string;
}

/** Takes violations as they are found; each is kept once. */
export class Violations {
  readonly #found = new Map<string, Violation>();

  add(oracle: Oracle, object: string, evidence: string): void {
    const key = `${oracle} ${object}`;
    if (!this.#found.has(key)) this.#found.set(key, { oracle, object, evidence });
  }

  get all(): Violation[] {
    return [...this.#found.values()];
  }
}
