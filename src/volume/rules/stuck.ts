import { annotations } from '../../model/names.ts';
import type { Volume } from '../../model/volume.ts';
import { recordOf, type VolumeView } from '../view.ts';

/** The message about a volume that Kubernetes has given up on. */
export function givenUpMessage({ name, statusMessage, reclaimPolicy }: Volume): string {
  const why = statusMessage === undefined ? '' : ` (${statusMessage})`;
  const directory = reclaimPolicy === 'Delete' ? 'removes' : 'keeps';
  return `Kubernetes gave up on volume ${name}: its phase is Failed${why}. Nothing was removed. Delete the volume; this provisioner then ${directory} its directory: kubectl delete pv ${name}`;
}

/** The message about a volume with our label and finalizer that lacks what says who made it. */
export function identityMessage(volume: Volume, view: VolumeView): string {
  const { name, identity, provisionedBy } = volume;
  const provisioner = provisionedBy ?? recordOf(view)?.template?.provisioner ?? view.provisionerNames[0];
  const missing = [
    ...(identity === undefined ? [annotations.identity] : []),
    ...(provisionedBy === undefined ? [annotations.provisionedBy] : []),
  ];
  const remedy = `kubectl annotate --overwrite pv ${name} ${annotations.identity}=${view.node.name} ${annotations.provisionedBy}=${provisioner}`;
  return `volume ${name} has the label and the finalizer of this provisioner, but lacks the annotation ${missing.join(' and ')}. Nothing was changed, and the volume stays. Put the annotations back: ${remedy}`;
}
