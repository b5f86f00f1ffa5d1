import type { Decision } from '../decision.ts';
import { isBegunHere, recordOf, type Trouble, type VolumeView } from '../view.ts';

/** Whether the scheduler can choose another node than this one, and nothing speaks against that for good. */
export function isFreeToLeave(view: VolumeView): boolean {
  const { claim, class: cls, node, otherNodes } = view;
  const wasSelected = cls?.waitForFirstConsumer === true && claim?.selectedNode === node.name;
  const record = recordOf(view);
  return wasSelected && otherNodes && (record === undefined || isBegunHere(record, view));
}

/** How long the daemon has to wait before it may give the node back, in milliseconds. */
export const leaveWaitMs = ({ inDoubtForMs, giveBackWaitMs }: VolumeView): number =>
  Math.max(inDoubtForMs, giveBackWaitMs);

/** What was begun here is taken back first: another node must not come to serve a claim that has a volume here. */
export function giveBack({ reason, message }: Trouble, view: VolumeView): Decision {
  if (recordOf(view) !== undefined) return { action: 'undo', reason, objection: message };
  return { action: 'giveBack', reason, message };
}
