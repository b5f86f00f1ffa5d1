import type { BaseDirectory, StorageError } from '../disk/port.ts';
import type { ProvisionPlan } from '../model/volume-object.ts';
import type { VolumeRecord } from '../model/volume-record.ts';
import type { KeptReason } from '../model/whose.ts';

/** What the daemon does about a claim, its volume and its directory. Each decision names its reason. */
export type Decision =
  /** Not ours, or nothing to do. */
  | { action: 'ignore'; reason: string }
  /** A later change brings the volume back, or `afterMs` have passed. */
  | { action: 'wait'; reason: string; afterMs?: number }
  /** The user has to change something, and `message` says what. */
  | { action: 'refuse'; reason: string; message: string }
  /** The user has to look, and no watch tells when that is done: the daemon tries again, not before `afterMs`. Nothing is undone. */
  | { action: 'fail'; reason: string; message: string; afterMs?: number; cause?: StorageError }
  /** Make the directory, then the volume object. */
  | { action: 'provision'; reason: string; plan: ProvisionPlan }
  /** An earlier try made the volume, although its answer did not arrive. */
  | { action: 'confirm'; reason: string }
  /** The scheduler selected this node, or one that is gone, and it cannot serve the claim: take the selection off the claim. */
  | { action: 'giveBack'; reason: string; message: string }
  /** Nothing will come of what was begun: remove the empty directory and the record. With an objection, that counts as a failure. */
  | { action: 'undo'; reason: string; objection?: string }
  /** No claim or volume of this cluster stands for the directory, and nothing proves that it may go. */
  | { action: 'keep'; reason: KeptReason }
  /** Neither claim nor volume is left, and the directory was kept long enough: move it to the trash. */
  | { action: 'discard'; reason: string }
  /** A volume of ours has lost the label by which the daemon finds it. */
  | { action: 'label'; reason: string; baseDirectory: BaseDirectory }
  /** A volume that an earlier provisioner made here becomes one of ours. */
  | { action: 'adopt'; reason: string; record: VolumeRecord; baseDirectory: BaseDirectory }
  /** The claim asks for more than its volume has: tell its user. */
  | { action: 'cannotGrow'; reason: string; message: string }
  /** The volume is in use and its directory is not there: tell its user. */
  | { action: 'reportLoss'; reason: string; message: string }
  /** Put our finalizer on the volume, so that Kubernetes waits for us before it lets the volume go. */
  | { action: 'protect'; reason: string }
  /** Note that the directory stays whatever becomes of the volume, then take our finalizer off. */
  | { action: 'retain'; reason: string }
  /** Somebody removed the kept directory and its volume: remove the record, which tells of nothing any more. */
  | { action: 'forget'; reason: string }
  /** DELETE the volume, move its directory into the trash, take our finalizer off. */
  | { action: 'delete'; reason: string }
  /** The volume is gone: erase what it left in the trash. */
  | { action: 'erase'; reason: string };

/** The first rule that answers decides. */
export type Rule<View> = (view: View) => Decision | undefined;

export const refuse = (reason: string, message: string): Decision => ({ action: 'refuse', reason, message });

/** The disk, as it is now, does not let the daemon. */
export const failFor = (error: StorageError): Decision => ({
  action: 'fail',
  reason: error.reason,
  message: error.message,
  cause: error,
});
