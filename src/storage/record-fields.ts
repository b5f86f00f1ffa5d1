import type { Retention, VolumeRecord, VolumeTemplate } from '../model/volume-record.ts';
import type { Fields } from './stored-file.ts';

/** A record as it was stored, each field proven; undefined when it is not one that we write. */
export function recordOf(fields: Fields): VolumeRecord | undefined {
  const { version, volume, claim, class: className, node, reclaimPolicy, createdAt, trashedAt } = fields;
  if (version !== 1 || !isText(volume) || !isText(className) || !isText(node)) return undefined;
  if (reclaimPolicy !== 'Delete' && reclaimPolicy !== 'Retain') return undefined;
  if (!isTime(createdAt) || !(trashedAt === undefined || isTime(trashedAt))) return undefined;
  const { namespace, name, uid } = fieldsOf(claim);
  if (!isText(namespace) || !isText(name) || !isText(uid)) return undefined;
  const retention = fields.retention === undefined ? undefined : retentionOf(fieldsOf(fields.retention));
  if (retention === undefined && fields.retention !== undefined) return undefined;
  return {
    version,
    volume,
    claim: { namespace, name, uid },
    class: className,
    node,
    reclaimPolicy,
    createdAt,
    ...(retention !== undefined && { retention }),
    ...(trashedAt !== undefined && { trashedAt }),
  };
}

function retentionOf({ forMs, volume }: Fields): Retention | undefined {
  const template = templateOf(fieldsOf(volume));
  if (!Number.isSafeInteger(forMs) || Number(forMs) < 1 || template === undefined) return undefined;
  return { forMs: Number(forMs), volume: template };
}

function templateOf(fields: Fields): VolumeTemplate | undefined {
  const { provisioner, capacity, accessModes, volumeMode, mountOptions, volumeType, hostname } = fields;
  if (!isText(provisioner) || !isText(capacity) || !isText(volumeMode) || !isText(hostname)) return undefined;
  if (!areTexts(accessModes) || !areTexts(mountOptions)) return undefined;
  if (volumeType !== 'hostPath' && volumeType !== 'local') return undefined;
  return { provisioner, capacity, accessModes, volumeMode, mountOptions, volumeType, hostname };
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? { ...value } : {});

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isTime = (value: unknown): value is string => isText(value) && !Number.isNaN(Date.parse(value));

const areTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
