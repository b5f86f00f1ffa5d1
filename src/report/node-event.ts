import type { EventRecorder } from '../kube/events/events.ts';

/** Sends an Event of the node. The node's UID is its name, as in kubelet's Events: `kubectl describe node` looks for both. */
export function nodeEvent(
  { events, nodeName }: { events: Pick<EventRecorder, 'emit'>; nodeName: string },
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): void {
  events.emit({ regarding: { kind: 'Node', name: nodeName, uid: nodeName }, type, reason, message });
}
