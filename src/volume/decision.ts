import type { BaseDirectory, StorageError } from '../disk/port.ts';
import type { ProvisionPlan } from '../model/volume-object.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import type { KeptReason } from '../model/whose.ts';
import type { GrowthPlan } from './rules/grow.ts';
import type { Trouble } from './view.ts';

/** The next action for a claim, its volume and its directory. Each decision names its reason. */
export type Decision =
  /** Not ours, or nothing to do. */
  | { action: 'ignore'; reason: string }
  /** Look again after a later change, or after `afterMs`. */
  | { action: 'wait'; reason: string; afterMs?: number }
  /** Somebody has to change something, and `message` says what. */
  | { action: 'refuse'; reason: string; message: string }
  /** Somebody has to act, and no watch reports when that is done: try again, not before `afterMs`. Nothing is undone. */
  | { action: 'fail'; reason: string; message: string; afterMs?: number; cause?: StorageError }
  /** Make the directory in that pool, then the volume object. A warning is told once that is done. */
  | { action: 'provision'; reason: string; plan: ProvisionPlan; pool: string; warning?: Trouble }
  /** The same, but the directory is a copy of that of the volume `source`. */
  | { action: 'clone'; reason: string; plan: ProvisionPlan; pool: string; source: string; warning?: Trouble }
  /** An earlier try made the volume, although the answer did not arrive. */
  | { action: 'confirm'; reason: string }
  /** The selected node, this one or one that is gone, cannot serve the claim: take the selection off the claim. */
  | { action: 'giveBack'; reason: string; message: string }
  /** Remove the empty directory and the record of a try that leads nowhere. With an objection, that counts as a failure. */
  | { action: 'undo'; reason: string; objection?: string }
  /** The same, in another pool than that of the volume. */
  | { action: 'undoStray'; reason: string; pool: string }
  /** Neither claim nor volume of this cluster stands for the directory, and nothing allows its removal. */
  | { action: 'keep'; reason: KeptReason }
  /** Neither claim nor volume is left, and the directory was kept long enough: move it to the trash. */
  | { action: 'discard'; reason: string }
  /** A volume of ours has lost the label by which the daemon finds it. */
  | { action: 'label'; reason: string; baseDirectory: BaseDirectory }
  /** Make a volume of an earlier provisioner on this node one of ours. */
  | { action: 'adopt'; reason: string; record: VolumeRecord; baseDirectory: BaseDirectory }
  /** The claim asks for more than it has: bring its volume to that size. */
  | { action: 'grow'; reason: string; plan: GrowthPlan; warning?: Trouble }
  /** The claim asks for more than its volume can have: say so in its status, tell its user, and try again after `afterMs`. */
  | { action: 'cannotGrow'; reason: string; message: string; afterMs?: number }
  /** The volume is in use and its directory is not there: tell its user. */
  | { action: 'reportLoss'; reason: string; message: string }
  /** Add our finalizer, so that Kubernetes keeps the volume until the daemon removes it. */
  | { action: 'protect'; reason: string }
  /** Note that the directory stays when the volume goes, then remove our finalizer. */
  | { action: 'retain'; reason: string }
  /** Somebody removed the retained directory and its volume: remove the record. */
  | { action: 'forget'; reason: string }
  /** DELETE the volume, move its directory into the trash, remove our finalizer. */
  | { action: 'delete'; reason: string }
  /** The volume is gone: erase what it left in the trash. */
  | { action: 'erase'; reason: string };

/** Answers with a decision, or leaves the view to the next rule. */
export type Rule<View> = (view: View) => Decision | undefined;

/** The first rule that answers decides. */
export function firstAnswer<View>(rules: readonly Rule<View>[], view: View): Decision | undefined {
  for (const rule of rules) {
    const decision = rule(view);
    if (decision !== undefined) return decision;
  }
  return undefined;
}

export const refuse = (reason: string, message: string): Decision => ({ action: 'refuse', reason, message });

/** The disk prevents a decision. */
export const failFor = (error: StorageError): Decision => ({
  action: 'fail',
  reason: error.reason,
  message: error.message,
  cause: error,
});
