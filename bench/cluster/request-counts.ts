import type { Api } from '../../test/support/api.ts';
import { readManifests } from '../../test/support/manifests.ts';
import type { Counts } from './counts.ts';
import { untilUnchanged } from './until-unchanged.ts';

const daemonsResources = new Set(
  readManifests('rbac/clusterrole.yaml').flatMap(({ rules }) =>
    rules.flatMap((rule: { resources: string[] }) => rule.resources),
  ),
);

/** Prometheus sorts labels by name. */
const answered =
  /^apiserver_request_total\{code="(\d+)",.*,resource="(\w*)",.*,subresource="([^"]*)",verb="(\w+)",.*\} (\S+)$/gm;

/**
 * What only others do with these resources: the bench creates claims, kube-controller-manager keeps nodes and, by PUT, its
 * own finalizers. The daemon lists and watches nodes, no more, and has no right to PUT anything.
 */
const othersRequests = /^POST persistentvolumeclaims |^(GET|PATCH) nodes|^PUT /;

/**
 * The answered requests so far, by `VERB resource status`, such as `POST persistentvolumes 201`, for the resources that the
 * daemon has rights for. Those that can only be somebody else's are left out, and watches, which count when they end.
 */
export async function countRequests(api: Api): Promise<Counts> {
  const { body } = await api.send('GET', '/metrics');
  const counts: Counts = {};
  for (const [, code, resource = '', subresource, verb, value] of String(body).matchAll(answered)) {
    const request = `${verb} ${resource}${subresource ? `/${subresource}` : ''} ${code}`;
    if (verb === 'WATCH' || !daemonsResources.has(resource) || othersRequests.test(request)) continue;
    counts[request] = (counts[request] ?? 0) + Number(value);
  }
  return counts;
}

/** Waits until no request has come for a while, and returns the count. */
export const untilSettled = (api: Api): Promise<Counts> => untilUnchanged(() => countRequests(api));

/** Requests by what they cost: reads, writes, and Events, which are writes on a budget of their own. */
export function totalsOf(counts: Counts) {
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
