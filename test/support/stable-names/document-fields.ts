import type {
  BaseDirectoryContent,
  DirectoryOwner,
  KeptInPlace,
  NodeDirectories,
  TrashedDirectory,
} from '../../../src/model/node-directories.ts';
import {
  type BaseDirectoryStatus,
  documentVersion,
  type NodeStatus,
  type TrashedVolumeStatus,
  type VolumeStatus,
} from '../../../src/model/node-status.ts';

// The compiler compares these with the types: a field that is renamed, added or removed fails here first.
const status: Record<keyof NodeStatus, true> = {
  apiVersion: true,
  kind: true,
  node: true,
  version: true,
  troubles: true,
  baseDirectories: true,
  keptDirectories: true,
  volumes: true,
};
const baseDirectory: Record<keyof BaseDirectoryStatus, true> = {
  pool: true,
  path: true,
  usable: true,
  reason: true,
  message: true,
  fileSystem: true,
  mounted: true,
  elsewhere: true,
  sizeBytes: true,
  freeBytes: true,
  inodes: true,
  freeInodes: true,
  promisedBytes: true,
  reservedBytes: true,
  orphans: true,
  limitsHeld: true,
  trash: true,
};
const trashedVolume: Record<keyof TrashedVolumeStatus, true> = { volume: true, usedBytes: true };
const volume: Record<keyof VolumeStatus, true> = {
  volume: true,
  pool: true,
  capacityBytes: true,
  usedBytes: true,
  availableBytes: true,
  inodes: true,
  ageSeconds: true,
  directoryMissing: true,
};
const directories: Record<keyof NodeDirectories, true> = {
  apiVersion: true,
  kind: true,
  node: true,
  baseDirectories: true,
};
const content: Record<keyof BaseDirectoryContent, true> = {
  pool: true,
  path: true,
  problem: true,
  trash: true,
  kept: true,
  useUnknown: true,
  orphans: true,
};
const owner: Record<keyof DirectoryOwner, true> = { claim: true, class: true, cluster: true, capacity: true };
const trashed: Record<keyof TrashedDirectory, true> = {
  ...owner,
  volume: true,
  removedAt: true,
  keptUntil: true,
  problem: true,
};
const kept: Record<keyof KeptInPlace, true> = { ...owner, volume: true, reason: true, usedBy: true, problem: true };

/** Fields of the documents in JSON, by their kind. */
export const documentFields = (): Record<'documents', string[]> => ({
  documents: [
    `apiVersion = ${documentVersion}`,
    ...fields('NodeStatus.', status),
    ...fields('NodeStatus.baseDirectories[].', baseDirectory),
    ...fields('NodeStatus.baseDirectories[].trash.', { usedBytes: true, volumes: true }),
    ...fields('NodeStatus.baseDirectories[].trash.volumes[].', trashedVolume),
    ...fields('NodeStatus.volumes[].', volume),
    ...fields('NodeDirectories.', directories),
    ...fields('NodeDirectories.baseDirectories[].', content),
    ...fields('NodeDirectories.baseDirectories[].trash[].', trashed),
    ...fields('NodeDirectories.baseDirectories[].kept[].', kept),
  ].sort(),
});

const fields = (prefix: string, of: object): string[] => Object.keys(of).map((name) => `${prefix}${name}`);
