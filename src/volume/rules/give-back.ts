import type { Decision } from '../decision.ts';
import { isBegunHere, isCopied, recordOf, sourceOf, type Trouble, type VolumeView } from '../view.ts';

/** Whether the scheduler selected this node and can select another one, and nothing on the disk prevents it for good. */
export function isFreeToLeave(view: VolumeView): boolean {
  const isTiedByCopy = isCopied(view) || sourceOf(view)?.volume?.identity === view.node.name;
  if (isTiedByCopy) return false;
  const { claim, class: cls, node, otherNodes } = view;
  const wasSelected = cls?.waitForFirstConsumer === true && claim?.selectedNode === node.name;
  const record = recordOf(view);
  return wasSelected && otherNodes && (record === undefined || isBegunHere(record, view));
}

/** Wait before the daemon may give the node back, in milliseconds. */
export const leaveWaitMs = ({ inDoubtForMs, giveBackWaitMs }: VolumeView): number =>
  Math.max(inDoubtForMs, giveBackWaitMs);

/** Undoes first what was begun here: no other node may serve a claim that has a volume here. */
export function giveBack({ reason, message }: Trouble, view: VolumeView): Decision {
  if (recordOf(view) !== undefined) return { action: 'undo', reason, objection: message };
  return { action: 'giveBack', reason, message };
}
