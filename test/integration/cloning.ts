import type { Json } from '../support/api.ts';
import type { Cluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

/** Makes a claim whose volume is to be a copy. */
export const clone = (cluster: Cluster, name: string, source: string, spec: Json = {}, annotations: Json = {}) =>
  cluster.createClaim(name, {
    metadata: { annotations },
    spec: { dataSource: { kind: 'PersistentVolumeClaim', name: source }, ...spec },
  });

export const untilTold = (cluster: Cluster, claim: string, start: string): Promise<string> =>
  until(`${claim} has an Event: ${start}`, async () => {
    const events = await cluster.eventsOf(claim);
    const found = events.find((event) => event.startsWith(start));
    if (found === undefined) throw new Error(JSON.stringify(events));
    return found;
  });
