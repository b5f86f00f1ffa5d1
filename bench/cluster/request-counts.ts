import type { Api } from '../../test/support/api.ts';
import { readManifests } from '../../test/support/manifests.ts';
import type { Counts } from './counts.ts';
import { untilUnchanged } from './until-unchanged.ts';

/** How many requests the API server has answered, by `VERB resource status`, such as `POST persistentvolumes 201`. */
export type RequestCounts = Counts;

const daemonsResources = new Set(
  readManifests('rbac/clusterrole.yaml').flatMap(({ rules }) =>
    rules.flatMap((rule: { resources: string[] }) => rule.resources),
  ),
);

/**
 * What only others do with these resources: the bench creates claims, kube-controller-manager keeps nodes and, by PUT, its
 * own finalizers. The daemon lists and watches nodes, no more, and has no right to PUT anything.
 */
const othersRequests = /^POST persistentvolumeclaims |^(GET|PATCH) nodes|^PUT /;

/**
 * The requests so far for the resources that the daemon has rights for, without those that can only be somebody else's.
 * Watches are left out: the API server counts them when they end.
 */
export async function countRequests(api: Api): Promise<RequestCounts> {
  const { body } = await api.send('GET', '/metrics');
  const counts: RequestCounts = {};
  for (const [, labels = '', value] of String(body).matchAll(/^apiserver_request_total\{(.*)\} (\S+)$/gm)) {
    const {
      verb,
      resource = '',
      subresource,
      code,
    } = Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, text]) => [name, text]));
    const request = `${verb} ${resource}${subresource ? `/${subresource}` : ''} ${code}`;
    if (verb === 'WATCH' || !daemonsResources.has(resource) || othersRequests.test(request)) continue;
    counts[request] = (counts[request] ?? 0) + Number(value);
  }
  return counts;
}

/** Waits until no request has come for a while, and returns the count. */
export const untilSettled = (api: Api): Promise<RequestCounts> => untilUnchanged(() => countRequests(api));

export interface RequestTotals {
  all: number;
  reads: number;
  writes: number;
  events: number;
}

/** Requests by what they cost: reads, writes, and Events, which are writes on a budget of their own. */
export function totalsOf(counts: RequestCounts): RequestTotals {
  const totals = { all: 0, reads: 0, writes: 0, events: 0 };
  for (const [request, count] of Object.entries(counts)) {
    const [verb = '', resource = ''] = request.split(' ');
    totals.all += count;
    if (verb === 'GET' || verb === 'LIST') totals.reads += count;
    else if (resource === 'events') totals.events += count;
    else totals.writes += count;
  }
  return totals;
}
