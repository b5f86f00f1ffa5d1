import { join } from 'node:path';
import { type FoundOnDisk, mayHold, StorageError } from '../../disk/port.ts';
import { annotations, isVolumeName } from '../../model/names.ts';
import type { Volume } from '../../model/volume.ts';
import { type Decision, refuse } from '../decision.ts';
import type { Trouble, VolumeView } from '../view.ts';

/** Why the volume does not lie where the daemon would have made it: a forged object must not choose what is removed. */
export function placeObjection(volume: Volume, disk: FoundOnDisk): Decision | undefined {
  const { baseDirectory } = disk;
  const expectedPath = join(baseDirectory.path, volume.name);
  if (volume.path !== expectedPath) {
    const message = `volume ${volume.name} has the path ${JSON.stringify(volume.path ?? '')}, and this provisioner keeps it at ${JSON.stringify(expectedPath)}. Nothing was removed. Inspect that path on the node, then delete the volume, which leaves the path alone: ${manualDeletion(volume.name)}`;
    return refuse('PathNotOurs', message);
  }
  if (mayHold(baseDirectory, volume.baseDirectoryId)) return undefined;
  return { action: 'fail', reason: 'AnotherBaseDirectory', message: anotherBaseDirectory(volume, disk) };
}

/** Why a volume in use has lost its directory; undefined if it has not, or if its path is not ours. */
export function lossOf(volume: Volume, { disk, basePath }: Pick<VolumeView, 'disk' | 'basePath'>): Trouble | undefined {
  const { name, baseDirectoryId } = volume;
  const path = join(basePath, name);
  if (volume.phase !== 'Bound' || volume.deleting || !isVolumeName(name) || volume.path !== path) return undefined;
  if (disk === undefined) return undefined;
  if (disk instanceof StorageError) {
    return mayHold(disk, baseDirectoryId) ? undefined : { reason: disk.reason, message: disk.message };
  }
  if (!mayHold(disk.baseDirectory, baseDirectoryId)) {
    return { reason: 'AnotherBaseDirectory', message: anotherBaseDirectory(volume, disk) };
  }
  if (disk.place === 'base') return undefined;
  const message = `directory ${path} does not exist any more. Restore it from a backup. If it is lost for good, delete the claim`;
  return { reason: 'DirectoryMissing', message };
}

/** Says that a volume's base directory was replaced, and how to continue. */
export function anotherBaseDirectory({ name, baseDirectoryId }: Volume, { baseDirectory, place }: FoundOnDisk): string {
  const { path, id } = baseDirectory;
  const what = `volume ${name} was made in the base directory with id ${baseDirectoryId}, and ${path} has id ${id} now`;
  if (place === 'base') return `${what}, but ${join(path, name)} is there. ${acceptHere(name, baseDirectory)}`;
  return `${what}. Mount the disk that was there, or restore it. If it is lost for good, delete the claim, if there is one, and delete the volume manually: ${manualDeletion(name)}`;
}

/** The commands that remove a volume object although our finalizer holds it. */
export const manualDeletion = (name: string): string =>
  `kubectl delete pv ${name} --wait=false; kubectl patch pv ${name} --type=merge -p '{"metadata":{"finalizers":null}}'`;

/** The folder with label and journal was lost and made again, or the directory was moved here from another base directory. */
function acceptHere(name: string, { path, id }: FoundOnDisk['baseDirectory']): string {
  const accept = `kubectl annotate pv ${name} ${annotations.baseDirectoryId}=${id} --overwrite`;
  const record = `.hostpath-provisioner/volumes/${name}.json`;
  return `Nothing was changed. If that is the directory of this volume, copy its record into ${path}/${record} from the old .hostpath-provisioner or a backup, if there is one. Then annotate the volume: ${accept}`;
}
