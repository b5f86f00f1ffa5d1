import { commandNames, flagsOf } from '../../../src/plugin/command-line/commands.ts';
import { checks } from '../../../src/plugin/doctor/checks.ts';
import type { Finding } from '../../../src/plugin/doctor/finding.ts';
import type { NodeRow, OrphanRow, TrashRow, VolumeRow } from '../../../src/plugin/rows/rows.ts';

// The compiler compares these with the types: a field that is renamed, added or removed fails here first.
const volume: Record<keyof VolumeRow, true> = {
  namespace: true,
  claim: true,
  status: true,
  node: true,
  requestedBytes: true,
  usedBytes: true,
  usedPercent: true,
  availableBytes: true,
  inodes: true,
  pods: true,
  createdAt: true,
  volume: true,
  class: true,
  reclaimPolicy: true,
  usageAgeSeconds: true,
  path: true,
  pool: true,
  remark: true,
};
const node: Record<keyof NodeRow, true> = {
  node: true,
  status: true,
  pool: true,
  baseDirectory: true,
  fileSystem: true,
  sizeBytes: true,
  freeBytes: true,
  volumes: true,
  requestedBytes: true,
  trashBytes: true,
  orphans: true,
  kept: true,
  version: true,
};
const trashed: Record<keyof TrashRow, true> = {
  node: true,
  volume: true,
  pool: true,
  namespace: true,
  claim: true,
  class: true,
  usedBytes: true,
  removedAt: true,
  keptUntil: true,
  problem: true,
};
const orphan: Record<keyof OrphanRow, true> = {
  node: true,
  pool: true,
  directory: true,
  path: true,
  reason: true,
  namespace: true,
  claim: true,
  cluster: true,
};
const finding: Record<keyof Finding, true> = { level: true, check: true, subject: true, text: true, command: true };

/** Commands of the plugin with their flags, checks of its doctor, and the fields of what it prints as JSON or YAML. */
export const pluginNames = (): Record<'pluginFlags' | 'doctorChecks' | 'pluginDocuments', string[]> => ({
  pluginFlags: commandNames.flatMap((command) => flagsOf(command).map((flag) => `${command} --${flag}`)).sort(),
  doctorChecks: Object.keys(checks).sort(),
  pluginDocuments: [
    ...fields('VolumeRowList', volume),
    ...fields('NodeRowList', node),
    ...fields('TrashRowList', trashed),
    ...fields('OrphanRowList', orphan),
    ...fields('FindingList', finding),
  ].sort(),
});

const fields = (kind: string, of: object): string[] => Object.keys(of).map((name) => `${kind}.items[].${name}`);
