import type { EventRecorder } from '../kube/events/events.ts';

/** Sends an Event of the node. As in kubelet's Events, its UID is its name: `kubectl describe node` searches for both. */
export function nodeEvent(
  { events, nodeName }: { events: Pick<EventRecorder, 'emit'>; nodeName: string },
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): void {
  events.emit({ regarding: { kind: 'Node', name: nodeName, uid: nodeName }, type, reason, message });
}
