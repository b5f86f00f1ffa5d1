import type { Resource } from '../objects/resources.ts';
import { bindingKind, roleKind } from './access.ts';
import { claimKind } from './claim.ts';
import { classKind } from './class.ts';
import { eventKind } from './event.ts';
import type { Kind } from './kind.ts';
import { csiDriverKind, namespaceKind, podKind, secretKind, storageCapacityKind, workloadKind } from './others.ts';
import { volumeKind } from './volume.ts';

const kinds: Record<string, Kind> = {
  ClusterRole: roleKind,
  ClusterRoleBinding: bindingKind,
  CSIDriver: csiDriverKind,
  CSIStorageCapacity: storageCapacityKind,
  DaemonSet: workloadKind,
  Deployment: workloadKind,
  Event: eventKind,
  Namespace: namespaceKind,
  PersistentVolume: volumeKind,
  PersistentVolumeClaim: claimKind,
  Pod: podKind,
  Role: roleKind,
  RoleBinding: bindingKind,
  Secret: secretKind,
  StatefulSet: workloadKind,
  StorageClass: classKind,
};

const plain: Kind = {};

export function kindOf(resource: Resource): Kind {
  return kinds[resource.kind] ?? plain;
}
