import type { VolumeStorage } from '../disk/port.ts';
import type { KubeApi } from '../kube/calls/kube-api.ts';
import { type Claim, claimOf, isClone } from '../model/claim.ts';
import type { Class } from '../model/class.ts';
import type { NodeFacts } from '../model/node.ts';
import { basePathOf, volumeOf } from '../model/volume.ts';
import type { Copies } from './copies.ts';
import type { Notes } from './notes.ts';
import type { Pools } from './pools.ts';
import type { VolumeView } from './view.ts';

export interface CloneSources {
  kube: Pick<KubeApi, 'readClaim' | 'readVolume'>;
  pools: Pick<Pools<Pick<VolumeStorage, 'basePath' | 'hasRecord'>>, 'at'>;
  copies: Pick<Copies, 'sourceOf'>;
  notes: Pick<Notes, 'sourcePendingForMs' | 'set'>;
}

/**
 * Reads the claim that is to be copied, and its volume, for a claim that this node may have to serve. Once the copy is begun, what
 * was read then counts.
 */
export async function readCloneSource(
  name: string,
  { namespace, dataSource, selectedNode }: Claim,
  { cls, node }: { cls: Class | undefined; node: NodeFacts },
  { kube, pools, copies, notes }: CloneSources,
): Promise<VolumeView['source']> {
  if (dataSource === undefined || !isClone(dataSource) || cls === undefined) return undefined;
  if (cls.waitForFirstConsumer && selectedNode !== node.name) return undefined;
  const begun = copies.sourceOf(name);
  if (begun !== undefined) return begun;
  const found = await kube.readClaim(namespace, dataSource.name);
  if (found === undefined) return 'missing';
  const claim = claimOf(found);
  const { volumeName } = claim;
  const object = claim.bound && volumeName !== undefined ? await kube.readVolume(volumeName) : undefined;
  const volume = object && volumeOf(object);
  const isPending = volume?.phase !== 'Bound';
  if (!isPending) notes.set(name, { sourcePendingSinceMs: undefined });
  const pendingForMs = isPending ? notes.sourcePendingForMs(name) : 0;
  return { claim, volume, pool: volume && pools.at(basePathOf(volume))?.name, pendingForMs };
}
