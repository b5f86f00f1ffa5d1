import type { Input } from './served.ts';

export interface AlertCase {
  alert: string;
  severity: 'critical' | 'warning' | 'info';
  /** What is the matter, for at least as long as the alert waits. */
  fires: Input[];
  /** When it must fire, from the beginning of the series, which have a value each minute. */
  at: string;
  /** Labels of the alert beside its name and severity. */
  labels: Record<string, string>;
  /** The value as its texts show it. */
  value: string;
  /** What must not make it fire, by what it is. */
  silent: Record<string, Input[]>;
}

const ofNode = { node: 'node-1' };
const ofPool = { node: 'node-1', pool: 'default' };
const ofDaemonSet = { namespace: 'hostpath-provisioner-system', daemonset: 'hostpath-provisioner' };

const usable = (reason: string, values: string): Input => ({
  metric: 'hostpath_base_directory_usable',
  labels: { reason },
  values,
});
const free = (values: string): Input => ({ metric: 'hostpath_base_directory_free_bytes', values });
const size = (values: string): Input => ({ metric: 'hostpath_base_directory_size_bytes', values });
const inodes = (freeInodes: string, all: string): Input[] => [
  { metric: 'hostpath_base_directory_free_inodes', values: freeInodes },
  { metric: 'hostpath_base_directory_inodes', values: all },
];
const lost = (values: string): Input => ({
  metric: 'hostpath_volumes_without_directory',
  labels: { reason: 'DirectoryMissing' },
  values,
});
const usage = (used: string, capacity: string): Input[] => [
  { metric: 'hostpath_volume_used_bytes', values: used },
  { metric: 'hostpath_volume_capacity_bytes', values: capacity },
];
const depth = (values: string): Input => ({ metric: 'hostpath_claim_queue_depth', values });
const provisioned = (values: string): Input => ({ metric: 'controller_persistentvolumeclaim_provision_total', values });
const notProvisioned = (values: string, labels = {}): Input => ({
  metric: 'controller_persistentvolumeclaim_provision_failed_total',
  labels,
  values,
});
const notDeleted = (values: string, labels = {}): Input => ({
  metric: 'controller_persistentvolume_delete_failed_total',
  labels,
  values,
});
const orphans = (values: string): Input => ({ metric: 'hostpath_orphan_directories', values });
const daemons = (desired: string, ready: string, labels = ofDaemonSet): Input[] => [
  { metric: 'kube_daemonset_status_desired_number_scheduled', labels, values: desired },
  { metric: 'kube_daemonset_status_number_ready', labels, values: ready },
];

/** Another program that serves metrics of the Go library. */
const ofAnother = { job: 'csi-provisioner', instance: '10.0.0.9:8080' };

export const alertCases: AlertCase[] = [
  {
    alert: 'HostpathBaseDirectoryUnusable',
    severity: 'critical',
    fires: [usable('BaseDirectoryMissing', '0x5')],
    at: '3m',
    labels: { ...ofPool, reason: 'BaseDirectoryMissing' },
    value: '0',
    silent: {
      'a usable base directory': [usable('', '1x5')],
      'a minute without': [usable('BaseDirectoryMissing', '0 0 1 1 1')],
    },
  },
  {
    alert: 'HostpathVolumeDirectoryMissing',
    severity: 'critical',
    fires: [lost('2x5')],
    at: '3m',
    labels: { ...ofNode, reason: 'DirectoryMissing' },
    value: '2',
    silent: { 'no lost directory': [lost('0x5')] },
  },
  {
    alert: 'HostpathDiskFillingUp',
    severity: 'critical',
    fires: [free('29x5'), size('1000x5')],
    at: '2m',
    labels: ofPool,
    value: '2.9%',
    silent: { 'a little more space': [free('31x5'), size('1000x5')] },
  },
  {
    alert: 'HostpathDiskFillingUp',
    severity: 'warning',
    fires: [free('140-0.05x130'), size('1000x130')],
    at: '120m',
    labels: ofPool,
    value: '13.4%',
    silent: {
      'a disk that stays as it is': [free('140x130'), size('1000x130')],
      'a disk that has much left': [free('900-1x130'), size('1000x130')],
    },
  },
  {
    alert: 'HostpathInodesFillingUp',
    severity: 'warning',
    fires: inodes('4x10', '100x10'),
    at: '6m',
    labels: ofPool,
    value: '4%',
    silent: { 'a few more inodes': inodes('6x10', '100x10') },
  },
  {
    alert: 'HostpathVolumeOverRequest',
    severity: 'warning',
    fires: usage('1500x20', '1000x20'),
    at: '16m',
    labels: { ...ofPool, volume: 'pvc-1' },
    value: '150%',
    silent: { 'a full volume': usage('1000x20', '1000x20') },
  },
  {
    alert: 'HostpathProvisioningFailing',
    severity: 'warning',
    fires: [notProvisioned('0+1x30'), depth('0x30')],
    at: '25m',
    labels: ofNode,
    value: '15',
    silent: {
      'two failures': [notProvisioned('0 1 2x28'), depth('0x30')],
      'failures of another provisioner': [notProvisioned('0+1x30', ofAnother), depth('0x30')],
    },
  },
  {
    alert: 'HostpathDeletionFailing',
    severity: 'warning',
    fires: [notDeleted('0+1x40'), depth('0x40')],
    at: '35m',
    labels: ofNode,
    value: '15',
    silent: {
      'two failures': [notDeleted('0 1 2x38'), depth('0x40')],
      'failures of another provisioner': [notDeleted('0+1x40', ofAnother), depth('0x40')],
    },
  },
  {
    alert: 'HostpathQueueStuck',
    severity: 'warning',
    fires: [depth('3x40'), provisioned('7x40')],
    at: '25m',
    labels: ofNode,
    value: '3',
    silent: {
      'a long queue that moves': [depth('3x40'), provisioned('0+1x40')],
      'a queue that was empty in between': [depth('3x10 0 3x29'), provisioned('7x40')],
    },
  },
  {
    alert: 'HostpathOrphanDirectories',
    severity: 'info',
    fires: [orphans('2x1500')],
    at: '1441m',
    labels: ofPool,
    value: '2',
    silent: { 'no orphan': [orphans('0x1500')], 'orphans of some hours': [orphans('2x600 0x900')] },
  },
  {
    alert: 'HostpathDaemonDown',
    severity: 'critical',
    fires: daemons('3x15', '2x15'),
    at: '11m',
    labels: ofDaemonSet,
    value: '1',
    silent: {
      'all daemons ready': daemons('3x15', '3x15'),
      'another DaemonSet': daemons('3x15', '2x15', { ...ofDaemonSet, daemonset: 'node-exporter' }),
    },
  },
];
