import { describe, expect, test } from 'vitest';
import type { SeenRequest } from '../../../bench/overload-proxy.ts';
import { countsOf, requestsForClaims, tooEarly } from '../../../bench/overload-requests.ts';

const seen = (thing: string, atMs: number, status?: number): SeenRequest => ({
  thing,
  kind: 'read',
  resource: 'persistentvolumeclaims',
  atMs,
  status,
});

describe('Retry-After of 3 s is', () => {
  const [first, other] = ['GET persistentvolumeclaims a', 'GET persistentvolumeclaims b'];

  test.each([
    ['kept by a request when its time is over', [seen(first, 1_000, 429), seen(first, 4_000, 200)], 0],
    ['kept by a request for something else', [seen(first, 1_000, 429), seen(other, 1_500, 200)], 0],
    ['kept by a request for the same after another failure', [seen(first, 1_000, 503), seen(first, 1_500, 200)], 0],
    ['broken by a request for the same before its time', [seen(first, 1_000, 429), seen(first, 3_999, 200)], 1],
    ['broken by each of several', [seen(first, 1_000, 429), seen(first, 2_000, 429), seen(first, 3_000, 429)], 2],
    ['broken in whatever order they are told', [seen(first, 3_000, 200), seen(first, 1_000, 429)], 1],
  ])('%s', (_, requests, early) => {
    expect(tooEarly(requests, 3_000)).toHaveLength(early);
  });
});

test('watches and Events are no requests for claims', () => {
  const claim = seen('GET persistentvolumeclaims a', 0);
  const watch: SeenRequest = { ...claim, kind: 'watch' };
  const event: SeenRequest = { ...claim, resource: 'events' };
  expect(requestsForClaims([watch, claim, event])).toEqual([claim]);
});

test('requests are counted by verb, resource and status', () => {
  const requests = [seen('GET nodes a', 0, 200), seen('GET nodes b', 0, 200), seen('GET nodes a', 0)];
  expect(countsOf(requests)).toEqual({ 'GET nodes 200': 2, 'GET nodes unanswered': 1 });
});
