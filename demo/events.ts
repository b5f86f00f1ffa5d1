import type { Json } from '../test/support/api.ts';
import type { ClusterClient } from './cluster-client.ts';

/** The Events of a namespace's claims and of their volumes, as "kubectl describe" shows them. */
export async function eventsOf(client: ClusterClient, namespace: string): Promise<Json[]> {
  const ofClaims = await client.list(`/api/v1/namespaces/${namespace}/events`);
  const volumes = new Set(ofClaims.map(({ involvedObject }) => `pvc-${involvedObject.uid}`));
  const ofVolumes = (await client.list('/api/v1/namespaces/default/events')).filter(
    ({ involvedObject }) => involvedObject.kind === 'PersistentVolume' && volumes.has(involvedObject.name),
  );
  return [...ofClaims, ...ofVolumes];
}
