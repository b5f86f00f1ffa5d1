import { randomInt } from 'node:crypto';
import type { EventObject } from '../../model/kubernetes.ts';

/** The content of an Event. */
export interface EventNote {
  regarding: {
    kind: 'PersistentVolumeClaim' | 'PersistentVolume' | 'Node' | 'StorageClass';
    namespace?: string;
    name: string;
    uid: string;
    resourceVersion?: string;
  };
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** The reporter of an Event. */
export interface EventSource {
  /** The provisioner's name. */
  component: string;
  /** The node's name. */
  host: string;
}

const longestNameLength = 253;
const longestMessageBytes = 1_024;

/** An Event as client-go's recorder creates it, so that `kubectl describe` shows it below the object. */
export function eventObject({ regarding, type, reason, message }: EventNote, by: EventSource, now: Date): EventObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: eventName(regarding.name, now), namespace: regarding.namespace ?? 'default' },
    involvedObject: involvedObject(regarding),
    type,
    reason,
    message: cutMessage(message),
    source: by,
    reportingComponent: by.component,
    reportingInstance: by.host,
    firstTimestamp: eventTime(now),
    lastTimestamp: eventTime(now),
    count: 1,
  };
}

/** Copies the fields of a reference: callers may pass an object that has more. */
function involvedObject({ kind, namespace, name, uid, resourceVersion }: EventNote['regarding']) {
  return {
    apiVersion: kind === 'StorageClass' ? 'storage.k8s.io/v1' : 'v1',
    kind,
    name,
    uid,
    ...(namespace === undefined ? {} : { namespace }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

/** Event times have whole seconds. */
export function eventTime(now: Date): string {
  return now.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The object's name, cut where needed, and the time in nanoseconds; the clock has milliseconds, the rest is random. */
export function eventName(objectName: string, now: Date): string {
  const time = (BigInt(now.getTime()) * 1_000_000n + BigInt(randomInt(1_000_000))).toString(16);
  const room = longestNameLength - time.length - 1;
  return `${objectName.slice(0, room).replace(/[-.]+$/, '')}.${time}`;
}

/** At most 1,024 bytes, without a part of a character at the end. */
export function cutMessage(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= longestMessageBytes) return message;
  const ellipsis = '…';
  let end = longestMessageBytes - Buffer.byteLength(ellipsis);
  while (isContinuationByte(bytes[end])) end -= 1;
  return bytes.toString('utf8', 0, end) + ellipsis;
}

function isContinuationByte(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
