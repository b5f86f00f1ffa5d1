import type { Flow, Look } from '../flow/reconcile.ts';
import { actOnTrash, type TrashOutcome } from './act.ts';
import { decideTrash, type TrashDecision } from './decide.ts';
import { observeTrash, type TrashSources, type TrashView } from './observe.ts';

export interface TrashReporter {
  trash(look: Look<TrashView, TrashDecision, TrashOutcome>): void;
}

export interface TrashFlowOptions extends TrashSources {
  reporter: TrashReporter;
}

export type TrashFlow = Flow<TrashView, TrashDecision, TrashOutcome>;

/** The end of a volume: its directory waits in the trash for its retention, and is then erased. The key is the volume's name. */
export const trashFlow = (options: TrashFlowOptions): TrashFlow => ({
  observe: (volume) => observeTrash(volume, options),
  decide: decideTrash,
  act: (decision, view) => actOnTrash(decision, view),
  report: (look) => options.reporter.trash(look),
});
