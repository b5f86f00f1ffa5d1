import type { BaseDirectory, StorageError } from '../disk/port.ts';
import type { ProvisionPlan } from '../model/volume-object.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import type { KeptReason } from '../model/whose.ts';

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
  /** Make the directory, then the volume object. */
  | { action: 'provision'; reason: string; plan: ProvisionPlan }
  /** An earlier try made the volume, although the answer did not arrive. */
  | { action: 'confirm'; reason: string }
  /** The selected node, this one or one that is gone, cannot serve the claim: take the selection off the claim. */
  | { action: 'giveBack'; reason: string; message: string }
  /** Remove the empty directory and the record of a try that leads nowhere. With an objection, that counts as a failure. */
  | { action: 'undo'; reason: string; objection?: string }
  /** Neither claim nor volume of this cluster stands for the directory, and nothing allows its removal. */
  | { action: 'keep'; reason: KeptReason }
  /** Neither claim nor volume is left, and the directory was kept long enough: move it to the trash. */
  | { action: 'discard'; reason: string }
  /** A volume of ours has lost the label by which the daemon finds it. */
  | { action: 'label'; reason: string; baseDirectory: BaseDirectory }
  /** Make a volume of an earlier provisioner on this node one of ours. */
  | { action: 'adopt'; reason: string; record: VolumeRecord; baseDirectory: BaseDirectory }
  /** The claim asks for more than its volume has: tell its user. */
  | { action: 'cannotGrow'; reason: string; message: string }
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
