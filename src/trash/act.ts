import type { Erasure } from '../disk/port.ts';
import type { Outcome } from '../flow/outcome.ts';
import { type TrashDecision, trashRetryMs } from './decide.ts';
import type { TrashView } from './observe.ts';

/** The outcome, with the result of one turn of erasing if there was one. */
export type TrashOutcome = Outcome & { erasure?: Erasure };

/** @throws {StorageError} when a step fails; every step may be repeated */
export async function actOnTrash(decision: TrashDecision, { volume, storage }: TrashView): Promise<TrashOutcome> {
  if (decision.action === 'ignore' || storage === undefined) return { result: 'done' };
  switch (decision.action) {
    case 'wait':
      return { result: 'waiting', afterMs: decision.afterMs };
    case 'finishMove':
      await storage.trashDirectory(volume);
      return { result: 'waiting', afterMs: 0 };
    case 'erase': {
      const erasure = await storage.eraseTrash(volume);
      return { ...afterErasing(erasure), erasure };
    }
  }
}

function afterErasing(erasure: Erasure): Outcome {
  switch (erasure.result) {
    case 'erased':
      return { result: 'done' };
    case 'unfinished':
      return { result: 'waiting', afterMs: 0 }; // at once, but after all volumes that wait
    case 'left':
      return { result: 'waiting', afterMs: trashRetryMs };
  }
}
