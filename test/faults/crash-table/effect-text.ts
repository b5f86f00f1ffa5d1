import type { ReportLine } from '../agent/plan.ts';
import type { ProxiedRequest } from '../proxy/proxied-request.ts';
import { placeOf, type Subject } from './places.ts';

/** What the thread that erases is at, in calls that are many and come in any order. Record and place come after it. */
const erased = new Set(['the directory in the trash', '`erasing`, where it cannot be restored']);

/** A call of the daemon in words. Calls with the same words that follow each other are one step. */
export function callText({ kind, label, path, to }: ReportLine, subject: Subject): string {
  const place = placeOf(path, subject);
  if (kind === 'erase' && erased.has(place)) return 'erase the directory in the trash';
  if (to === undefined) return `${label} ${place}`;
  return `${label} ${place} to ${placeOf(to, subject)}`;
}

/** A write to the API server in words. */
export function requestText({ method, resource, body }: ProxiedRequest): string {
  if (resource !== 'persistentvolumes') throw new Error(`there are no words for ${method} ${resource}`);
  return `${method} the volume${method === 'PATCH' ? `: ${patchText(body?.metadata ?? {})}` : ''}`;
}

function patchText(metadata: Record<string, unknown>): string {
  if ('$deleteFromPrimitiveList/finalizers' in metadata) return 'take our finalizer off';
  if ('finalizers' in metadata) return 'put our finalizer on';
  if ('labels' in metadata) return 'label it as ours';
  throw new Error(`there are no words for a PATCH of ${Object.keys(metadata).join(', ')}`);
}
