import { type Counts, countsSince } from '../cluster/counts.ts';

/** What has gone between daemons and the API server. */
export interface Traffic {
  /** TCP connections to the API server that were opened. */
  connections: number;
  /** Of the daemons, on the sockets to the API server, with all that TLS adds. */
  receivedBytes: number;
  sentBytes: number;
  /** Answered requests, by `VERB resource status`, such as `POST persistentvolumes 201`; watches count when they begin. */
  requests: Counts;
  /** What watches told, bookmarks apart, by resource. */
  watchEvents: Counts;
  bookmarks: number;
}

export function trafficSince(before: Traffic, now: Traffic): Traffic {
  return {
    connections: now.connections - before.connections,
    receivedBytes: now.receivedBytes - before.receivedBytes,
    sentBytes: now.sentBytes - before.sentBytes,
    requests: countsSince(before.requests, now.requests),
    watchEvents: countsSince(before.watchEvents, now.watchEvents),
    bookmarks: now.bookmarks - before.bookmarks,
  };
}

/**
 * What changes only when something happens. Watches do not count: each is begun anew every few minutes, so that in a large
 * fleet one always is.
 */
export function activityIn({ requests, watchEvents }: Traffic): Pick<Traffic, 'requests' | 'watchEvents'> {
  const calls = Object.entries(requests).filter(([name]) => !name.startsWith('WATCH '));
  return { requests: Object.fromEntries(calls), watchEvents };
}

/** `VERB resource` of a request, with the verbs of Kubernetes. */
export function kindOfRequest(method: string, url: string): { verb: string; resource: string } {
  const { pathname, searchParams } = new URL(url, 'http://server');
  const [, resource = pathname, name] =
    /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)(?:\/namespaces\/[^/]+)?\/([^/]+)(?:\/([^/]+))?/.exec(pathname) ?? [];
  if (method !== 'GET') return { verb: method, resource };
  if (searchParams.get('watch') === 'true') return { verb: 'WATCH', resource };
  return { verb: name === undefined ? 'LIST' : 'GET', resource };
}

export function sumOf(counts: Counts, which: (name: string) => boolean = () => true): number {
  return Object.entries(counts).reduce((sum, [name, count]) => (which(name) ? sum + count : sum), 0);
}
