export type Whose = 'ours' | 'anotherCluster' | 'unknown';

/**
 * Whose a directory is. A base directory outlives its cluster: people rebuild a cluster over it, or start the daemon with the
 * kubeconfig of another cluster. A directory may go without an object of this cluster only if it is proven to be ours.
 * @param ownCluster UID of this cluster's namespace kube-system; undefined while the daemon could not read it
 */
export function whose({ cluster }: { cluster?: string | undefined }, ownCluster: string | undefined): Whose {
  if (cluster === undefined || ownCluster === undefined) return 'unknown';
  return cluster === ownCluster ? 'ours' : 'anotherCluster';
}

/** Why a directory is kept although no volume of this cluster stands for it. */
export type KeptReason = 'AnotherCluster' | 'ClusterUnknown' | 'Abandoned';

export const keptReasonOf = (owner: Exclude<Whose, 'ours'>): KeptReason =>
  owner === 'anotherCluster' ? 'AnotherCluster' : 'ClusterUnknown';
