import { volumeNameFor } from './names.ts';
import type { Volume } from './volume.ts';
import type { VolumeRecord } from './volume-record.ts';

/**
 * The record for a volume that the original hostPath provisioner, which has no journal, made on this node; undefined for any
 * other volume. Only a volume older than our label can be one, by a time that the API server sets: so a forged volume never
 * makes a directory ours.
 * @param labelledAt when the base directory got its label, RFC 3339
 */
export function adoptedRecord(
  volume: Volume,
  { node, cluster }: { node: string; cluster: string | undefined },
  labelledAt: string,
): VolumeRecord | undefined {
  const { name, claim, className, createdAt, baseDirectoryId } = volume;
  if (claim === undefined || volumeNameFor(claim.uid) !== name || className === undefined) return undefined;
  if (baseDirectoryId !== undefined || createdAt === undefined) return undefined;
  if (!(Date.parse(createdAt) < Date.parse(labelledAt))) return undefined;
  const made = { class: className, node, reclaimPolicy: 'Delete', createdAt } as const;
  return { version: 1, volume: name, claim, ...(cluster !== undefined && { cluster }), ...made };
}
