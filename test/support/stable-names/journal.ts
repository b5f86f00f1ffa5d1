import { fileVersion } from '../../../src/disk/file-version.ts';
import * as layout from '../../../src/disk/layout.ts';
import type { Quota, VolumeRecord, VolumeTemplate } from '../../../src/model/volume-record.ts';

// The compiler compares these with the types: a field that is renamed, added or removed fails here first.
const record: Record<keyof VolumeRecord, true> = {
  version: true,
  volume: true,
  claim: true,
  cluster: true,
  class: true,
  node: true,
  reclaimPolicy: true,
  createdAt: true,
  template: true,
  retention: true,
  trashedAt: true,
  quota: true,
  source: true,
};
const ofClaim: Record<keyof VolumeRecord['claim'], true> = { namespace: true, name: true, uid: true };
const ofRetention: Record<keyof NonNullable<VolumeRecord['retention']>, true> = { forMs: true };
const ofQuota: Record<keyof Quota, true> = { id: true, bytes: true, inodes: true };
const ofTemplate: Record<keyof VolumeTemplate, true> = {
  provisioner: true,
  capacity: true,
  accessModes: true,
  volumeMode: true,
  mountOptions: true,
  volumeType: true,
  hostname: true,
};

/** Files of a base directory, and the fields of records. */
export function journalNames(): Record<'journalFiles' | 'recordFields', string[]> {
  const inState = (path: string): string => `${layout.stateName}/${path}`;
  return {
    journalFiles: [
      '<volume>/',
      inState(layout.labelName),
      inState(layout.recordPath('<volume>')),
      inState(layout.trashedRecordPath('<volume>')),
      `${inState(layout.trashedDirectoryPath('<volume>'))}/`,
    ].sort(),
    recordFields: [
      `version = ${fileVersion}`,
      ...fields('', record),
      ...fields('claim.', ofClaim),
      ...fields('retention.', ofRetention),
      ...fields('quota.', ofQuota),
      ...fields('template.', ofTemplate),
    ].sort(),
  };
}

const fields = (prefix: string, of: object): string[] => Object.keys(of).map((name) => `${prefix}${name}`);
