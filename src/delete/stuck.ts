import { StorageError } from '../disk/port.ts';
import { annotations } from '../model/names.ts';
import type { Volume } from '../model/volume.ts';
import type { VolumeView } from './observe.ts';

/** What a user is told about a volume that Kubernetes has given up on. */
export function givenUpMessage({ name, statusMessage, reclaimPolicy }: Volume): string {
  const why = statusMessage === undefined ? '' : ` (${statusMessage})`;
  const directory = reclaimPolicy === 'Delete' ? 'removes its directory' : 'keeps its directory';
  return `Kubernetes gave up on this volume, its phase is Failed${why}. Nothing was removed. Delete the volume, and this provisioner ${directory}: kubectl delete pv ${name}`;
}

/** What a user is told about a volume that carries our label and finalizer, but not what says who made it. */
export function identityMessage(
  { name, identity, provisionedBy }: Volume,
  { nodeName, provisionerNames, disk }: Pick<VolumeView, 'nodeName' | 'provisionerNames' | 'disk'>,
): string {
  const provisioner = provisionedBy ?? recordedProvisioner(disk) ?? provisionerNames[0];
  const missing = [
    ...(identity === undefined ? [annotations.identity] : []),
    ...(provisionedBy === undefined ? [annotations.provisionedBy] : []),
  ];
  const remedy = `kubectl annotate --overwrite pv ${name} ${annotations.identity}=${nodeName} ${annotations.provisionedBy}=${provisioner}`;
  return `the volume has the label and the finalizer of this provisioner, but not its annotation ${missing.join(' and ')}, so it is not touched and stays. Put the annotations back: ${remedy}`;
}

const recordedProvisioner = (disk: VolumeView['disk']): string | undefined =>
  disk instanceof StorageError ? undefined : disk.record?.template?.provisioner;

/** What a user is told about a volume whose claim asks for more. */
export function growthMessage({ name, capacity, className }: Volume, requested: string | undefined): string {
  return `the claim asks for ${requested}, and its volume ${name} has ${capacity}. This provisioner does not grow volumes. The volume can be used as before, and its size is not enforced. To have Kubernetes refuse such a request: kubectl patch storageclass ${className} -p '{"allowVolumeExpansion":false}'`;
}
