import type { EventRecorder } from '../kube/events/events.ts';

/** Tells of what concerns no claim or volume. The node's UID is its name, as in kubelet's own Events: `kubectl describe node` looks for both. */
export function nodeEvent(
  { events, nodeName }: { events: Pick<EventRecorder, 'emit'>; nodeName: string },
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): void {
  events.emit({ regarding: { kind: 'Node', name: nodeName, uid: nodeName }, type, reason, message });
}
