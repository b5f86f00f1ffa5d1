import type { Json } from '../../support/api.ts';
import { untilInTime } from '../world/deadline.ts';
import { type OwnClaim, type User, volumeOf } from '../world/user.ts';

const finalizer = 'external-provisioner.volume.kubernetes.io/finalizer';
const nodeLabel = 'hostpath-provisioner/node';

/** What the API server has of one claim. */
export interface ClusterState {
  claim: Json | undefined;
  volume: Json | undefined;
}

/** Waits until Kubernetes itself has nothing more to do about the claim and its volume, the daemon being down. */
export async function settledState(user: User, own: OwnClaim): Promise<ClusterState> {
  const { cluster } = user.world;
  let state: ClusterState = { claim: undefined, volume: undefined };
  await untilInTime(user.world, 'Kubernetes has done its part', async () => {
    const claim = own.alive ? await cluster.readClaim(`${user.name}-${own.name}`) : undefined;
    state = { claim, volume: await cluster.readVolume(volumeOf(own)) };
    return isSettled(state);
  });
  return state;
}

function isSettled({ claim, volume }: ClusterState): boolean {
  if (volume === undefined) return true;
  const held = isHeld(volume) || volume.metadata.deletionTimestamp === undefined;
  const phase = claim === undefined ? 'Released' : 'Bound';
  return held && volume.status.phase === phase && (claim?.status.phase ?? 'Bound') === 'Bound';
}

export function clusterText({ claim, volume }: ClusterState): string {
  const words = claim === undefined ? 'no claim' : `claim ${claim.status.phase}`;
  return `${words}; ${volume === undefined ? 'no volume' : volumeText(volume)}`;
}

function volumeText(volume: Json): string {
  const { metadata, status } = volume;
  const parts = [
    `volume ${status.phase}`,
    metadata.deletionTimestamp !== undefined && 'being deleted',
    metadata.labels?.[nodeLabel] === undefined && 'without our label',
    isHeld(volume) ? 'with our finalizer' : 'without our finalizer',
  ];
  return parts.filter(Boolean).join(', ');
}

/** Whether our finalizer is on the volume. */
export const isHeld = ({ metadata }: Json): boolean => metadata.finalizers?.includes(finalizer) ?? false;
