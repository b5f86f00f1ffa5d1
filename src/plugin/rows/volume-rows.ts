import { claimOf } from '../../model/claim.ts';
import { knownFields } from '../../model/known-fields.ts';
import type { PersistentVolumeClaimObject } from '../../model/kubernetes.ts';
import type { VolumeStatus } from '../../model/node-status.ts';
import { quantityBytes } from '../../model/quantity.ts';
import { type Volume, volumeOf } from '../../model/volume.ts';
import { foundIn, type Overview } from '../overview.ts';
import { nodeOf } from './node-of.ts';
import type { VolumeRow } from './rows.ts';

/** What is shown of a claim, wherever that was read. */
type ClaimPart = Pick<VolumeRow, 'namespace' | 'claim' | 'status'> & {
  [Key in 'requestedBytes' | 'createdAt' | 'volume' | 'class']: VolumeRow[Key] | undefined;
} & { selectedNode: string | undefined };

/** A row for each claim, by namespace and name. If claims cannot be read, the volumes that are bound to one stand for them. */
export function volumeRows(overview: Overview): VolumeRow[] {
  const volumes = new Map(
    foundIn(overview.volumes)
      ?.map(volumeOf)
      .map((volume) => [volume.name, volume]),
  );
  const pods = podsByClaim(overview);
  const figures = figuresByNode(overview);
  const claims = foundIn(overview.claims)?.map(ofClaim) ?? [...volumes.values()].flatMap(ofBoundVolume);
  const rows = claims.map(({ selectedNode, ...claim }) => {
    const volume = volumes.get(claim.volume ?? '');
    const node = volume === undefined ? selectedNode : nodeOf(volume);
    const measured = figures.get(node ?? '')?.get(claim.volume ?? '');
    return knownFields<VolumeRow>({
      ...claim,
      node,
      usedBytes: measured?.usedBytes,
      usedPercent: percentOf(measured?.usedBytes, claim.requestedBytes),
      availableBytes: measured?.availableBytes,
      inodes: measured?.inodes,
      pods: pods && (pods.get(keyOf(claim.namespace, claim.claim)) ?? []),
      reclaimPolicy: volume?.reclaimPolicy,
      usageAgeSeconds: measured?.ageSeconds,
      path: volume?.path,
      pool: measured?.pool,
      remark: remarkOn(claim, measured),
    });
  });
  return rows.sort((one, other) => compareNames(keyOf(one.namespace, one.claim), keyOf(other.namespace, other.claim)));
}

function ofClaim(object: PersistentVolumeClaimObject): ClaimPart {
  const { namespace, name, requestedStorage, volumeName, className, selectedNode } = claimOf(object);
  return {
    namespace,
    claim: name,
    status: object.status?.phase ?? 'Pending',
    requestedBytes: quantityBytes(requestedStorage),
    createdAt: object.metadata?.creationTimestamp,
    volume: volumeName,
    class: className,
    selectedNode,
  };
}

function ofBoundVolume({ claim, phase, name, className }: Volume): ClaimPart[] {
  if (claim === undefined || phase !== 'Bound') return [];
  return [
    {
      namespace: claim.namespace,
      claim: claim.name,
      status: 'Bound',
      requestedBytes: undefined,
      createdAt: undefined,
      volume: name,
      class: className,
      selectedNode: undefined,
    },
  ];
}

/** Undefined if pods cannot be read. */
function podsByClaim({ pods }: Overview): Map<string, string[]> | undefined {
  const found = foundIn(pods);
  if (found === undefined) return undefined;
  const byClaim = new Map<string, string[]>();
  for (const { metadata, spec } of found) {
    for (const { persistentVolumeClaim } of spec?.volumes ?? []) {
      if (persistentVolumeClaim === undefined) continue;
      const key = keyOf(metadata?.namespace ?? '', persistentVolumeClaim.claimName);
      byClaim.set(key, [...(byClaim.get(key) ?? []), metadata?.name ?? '']);
    }
  }
  return byClaim;
}

function figuresByNode({ statuses }: Overview): Map<string, Map<string, VolumeStatus>> {
  return new Map(
    [...statuses].map(([node, status]) => [
      node,
      new Map(foundIn(status)?.volumes.map((volume) => [volume.volume, volume])),
    ]),
  );
}

const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;

const compareNames = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

const percentOf = (used: number | undefined, requested: number | undefined): number | undefined =>
  used === undefined || !requested ? undefined : Math.round((100 * used) / requested);

function remarkOn(
  { status, requestedBytes = Number.POSITIVE_INFINITY }: Pick<ClaimPart, 'status' | 'requestedBytes'>,
  measured: VolumeStatus | undefined,
) {
  if (status === 'Lost') return 'volume lost';
  if (measured?.directoryMissing) return 'directory missing';
  return (measured?.usedBytes ?? 0) > requestedBytes ? 'over its request' : undefined;
}
