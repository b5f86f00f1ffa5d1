import type { SeenRequest } from './overload-proxy.ts';

/** Requests for the same thing as one that was answered with 429, before the time was over that the answer asked for. */
export function tooEarly(requests: readonly SeenRequest[], retryAfterMs: number): SeenRequest[] {
  const notBeforeMs = new Map<string, number>();
  const early: SeenRequest[] = [];
  for (const request of [...requests].sort((a, b) => a.atMs - b.atMs)) {
    const { thing, atMs, status } = request;
    if (atMs < (notBeforeMs.get(thing) ?? 0)) early.push(request);
    if (status === 429) notBeforeMs.set(thing, atMs + retryAfterMs);
  }
  return early;
}

/** What a claim costs: all requests but watches and Events, which have a budget of their own. */
export function requestsForClaims(requests: readonly SeenRequest[]): SeenRequest[] {
  return requests.filter(({ kind, resource }) => kind !== 'watch' && resource !== 'events');
}

/** How many there were of each: `GET persistentvolumeclaims 429`. */
export function countsOf(requests: readonly SeenRequest[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { thing, status } of requests) {
    const [verb, resource] = thing.split(' ');
    const key = `${verb} ${resource} ${status ?? 'unanswered'}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
