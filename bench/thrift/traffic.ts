import type { Counts } from '../cluster/counts.ts';

/*
 * Traffic between daemons and the API server is counted by name:
 * - `VERB resource status` is an answered request, such as `POST persistentvolumes 201`. A watch counts when it begins.
 * - `CHANGE resource` and `BOOKMARK resource` are what watches tell.
 * - `BYTES` are those of the answers, changes included.
 */

/** `VERB resource` of a request, with the verbs of Kubernetes. */
export function kindOfRequest(method: string, url: string): string {
  const { pathname, searchParams } = new URL(url, 'http://server');
  const [, resource = pathname, name] =
    /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)(?:\/namespaces\/[^/]+)?\/([^/]+)(?:\/([^/]+))?/.exec(pathname) ?? [];
  if (method !== 'GET') return `${method} ${resource}`;
  if (searchParams.get('watch') === 'true') return `WATCH ${resource}`;
  return `${name === undefined ? 'LIST' : 'GET'} ${resource}`;
}

/** What changes only when something happens. A watch begins anew every few minutes, so in a large fleet one always does. */
export const activityIn = (traffic: Counts): Counts =>
  Object.fromEntries(Object.entries(traffic).filter(([name]) => !/^(WATCH|BOOKMARK|BYTES)/.test(name)));

export const sumOf = (traffic: Counts, names: RegExp): number =>
  Object.entries(traffic).reduce((sum, [name, count]) => (names.test(name) ? sum + count : sum), 0);
