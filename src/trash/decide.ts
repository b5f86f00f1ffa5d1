import { retentionLeftMs } from '../model/volume-record.ts';
import type { TrashView } from './observe.ts';

/** Why trash is not erased yet. */
export type WaitReason = 'BoundAgain' | 'Retention';

export type TrashDecision =
  | { action: 'ignore' }
  /** Look again after `afterMs`. */
  | { action: 'wait'; reason: WaitReason; afterMs: number }
  /** A crash came between the directory and its record: move the record, too. */
  | { action: 'finishMove' }
  | { action: 'erase' };

/** Wait before the next look at trash that cannot be erased now, in milliseconds. */
export const trashRetryMs = 600_000;

export function decideTrash({ trashed, isBoundAgain, nowMs }: Omit<TrashView, 'storage'>): TrashDecision {
  if (trashed === undefined) return { action: 'ignore' };
  // An API server that was restored from a backup has the volume again, and a claim is bound to it.
  if (isBoundAgain) return { action: 'wait', reason: 'BoundAgain', afterMs: trashRetryMs };
  if (trashed.moveUnfinished) return { action: 'finishMove' };
  const afterMs = trashed.canBeRestored && trashed.record !== undefined ? retentionLeftMs(trashed.record, nowMs) : 0;
  return afterMs > 0 ? { action: 'wait', reason: 'Retention', afterMs } : { action: 'erase' };
}
