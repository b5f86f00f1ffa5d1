import type { Repetition } from '../cluster/fresh-cluster.ts';
import type { Figures, Findings } from '../report/figures.ts';

export interface Scenario {
  run(repetition: Repetition): Promise<Findings>;
  /** What it finds. Each key belongs to one scenario alone. */
  figures: Figures;
}
