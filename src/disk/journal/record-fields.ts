import type { Quota, VolumeRecord, VolumeTemplate } from '../../model/volume-record.ts';
import { fileVersion } from '../file-version.ts';
import type { Fields } from '../stored-file.ts';

/** The record in the fields of a file; undefined if a field is invalid. It keeps the fields of later releases. */
export function recordOf(fields: Fields): VolumeRecord | undefined {
  const { version, volume, claim, cluster, class: className, node, reclaimPolicy, createdAt, trashedAt } = fields;
  if (version !== fileVersion || !isText(volume) || !isText(className) || !isText(node)) return undefined;
  if (reclaimPolicy !== 'Delete' && reclaimPolicy !== 'Retain') return undefined;
  if (!isTime(createdAt) || !(trashedAt === undefined || isTime(trashedAt))) return undefined;
  const reference = fieldsOf(claim);
  const { namespace, name, uid } = reference;
  if (!isText(namespace) || !isText(name) || !isText(uid)) return undefined;
  if (!(cluster === undefined || isText(cluster))) return undefined;
  const { forMs, volume: earlierTemplate, ...laterOfRetention } = fieldsOf(fields.retention);
  if (fields.retention !== undefined && !(Number.isSafeInteger(forMs) && Number(forMs) >= 1)) return undefined;
  // An earlier version noted the template within the retention.
  const noted = fields.template ?? earlierTemplate;
  const template = noted === undefined ? undefined : templateOf(fieldsOf(noted));
  if (noted !== undefined && template === undefined) return undefined;
  if (fields.retention !== undefined && template === undefined) return undefined;
  const quota = fields.quota === undefined ? undefined : quotaOf(fieldsOf(fields.quota));
  if (fields.quota !== undefined && quota === undefined) return undefined;
  if (!(fields.source === undefined || isText(fields.source))) return undefined;
  return {
    ...fields,
    version,
    volume,
    claim: { ...reference, namespace, name, uid },
    ...(cluster !== undefined && { cluster }),
    class: className,
    node,
    reclaimPolicy,
    createdAt,
    ...(template !== undefined && { template }),
    ...(fields.retention !== undefined && { retention: { ...laterOfRetention, forMs: Number(forMs) } }),
    ...(trashedAt !== undefined && { trashedAt }),
    ...(quota !== undefined && { quota }),
    ...(fields.source !== undefined && { source: fields.source }),
  };
}

function quotaOf(fields: Fields): Quota | undefined {
  const { id, bytes, inodes } = fields;
  if (!isCount(id) || !isCount(bytes) || !(inodes === undefined || isCount(inodes))) return undefined;
  return { ...fields, id, bytes, ...(inodes !== undefined && { inodes }) };
}

function templateOf(fields: Fields): VolumeTemplate | undefined {
  const { provisioner, capacity, accessModes, volumeMode, mountOptions, volumeType, hostname } = fields;
  if (!isText(provisioner) || !isText(capacity) || !isText(volumeMode) || !isText(hostname)) return undefined;
  if (!areTexts(accessModes) || !areTexts(mountOptions)) return undefined;
  if (volumeType !== 'hostPath' && volumeType !== 'local') return undefined;
  return { ...fields, provisioner, capacity, accessModes, volumeMode, mountOptions, volumeType, hostname };
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? { ...value } : {});

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;

const isTime = (value: unknown): value is string => isText(value) && !Number.isNaN(Date.parse(value));

const areTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
