/** A number that a scenario finds once in each repetition. */
export interface Figure {
  text: string;
  unit: string;
  target?: Target;
}

/** Figures of a scenario by their keys, in the order of the report. */
export type Figures = Record<string, Figure>;

/** What the project promises, of the median of all repetitions or of each one. */
export type Target = { judged: 'median' | 'each' } & ({ atLeast: number } | { atMost: number } | { exactly: number });

/** What one scenario found in one repetition. */
export interface Findings {
  figures: Record<string, number>;
  /** Raw times and counts behind the figures. */
  samples: Record<string, readonly number[] | Record<string, number>>;
}
