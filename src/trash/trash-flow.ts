import type { Flow, Look } from '../flow/reconcile.ts';
import { actOnTrash, type TrashOutcome, type TrashTools } from './act.ts';
import { decideTrash, type TrashDecision } from './decide.ts';
import { observeTrash, type TrashSources, type TrashView } from './observe.ts';

export interface TrashReporter {
  trash(look: Look<TrashView, TrashDecision, TrashOutcome>): void;
}

export interface TrashFlowOptions extends Omit<TrashSources, 'storage'> {
  storage: TrashSources['storage'] & TrashTools['storage'];
  reporter: TrashReporter;
}

/** The end of a volume: its directory waits in the trash for its retention, and is then erased. Keyed by the volume's name. */
export class TrashFlow implements Flow<TrashView, TrashDecision, TrashOutcome> {
  readonly #options: TrashFlowOptions;

  constructor(options: TrashFlowOptions) {
    this.#options = options;
  }

  observe(volume: string): Promise<TrashView> {
    return observeTrash(volume, this.#options);
  }

  decide(view: TrashView): TrashDecision {
    return decideTrash(view);
  }

  act(decision: TrashDecision, view: TrashView): Promise<TrashOutcome> {
    return actOnTrash(decision, view, this.#options);
  }

  report(look: Look<TrashView, TrashDecision, TrashOutcome>): void {
    this.#options.reporter.trash(look);
  }
}
