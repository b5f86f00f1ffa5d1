import { join } from 'node:path';
import { type BaseDirectory, StorageError, type StorageReason } from '../disk/port.ts';
import { annotations, isVolumeName } from '../model/names.ts';
import type { Volume } from '../model/volume.ts';
import type { Disk, VolumeView } from './observe.ts';

/** Why the directory of a volume in use is not there, in words for its user. */
export interface Loss {
  reason: string;
  message: string;
}

/** Troubles of the base directory that leave no volume's directory in its place. With the others, such as a read-only disk, they are there. */
const takeAll: ReadonlySet<StorageReason> = new Set([
  'BaseDirectoryMissing',
  'BaseDirectoryNotADirectory',
  'BaseDirectoryNotMounted',
  'BaseDirectoryReplaced',
  'BaseDirectoryOfAnotherNode',
]);

/** Whether what is at the base directory's path may hold what was made in the base directory of this id. */
export function mayHold(base: BaseDirectory | StorageError, baseDirectoryId: string | undefined): boolean {
  if (base instanceof StorageError) return !takeAll.has(base.reason);
  return baseDirectoryId === undefined || baseDirectoryId === base.id;
}

/**
 * Why a volume that is in use has lost its directory, or undefined if it has not, or if that is not for us to say: another
 * path than ours may be anything. Nothing is ever deleted for it.
 */
export function lossOf(volume: Volume, { disk, basePath }: Pick<VolumeView, 'disk' | 'basePath'>): Loss | undefined {
  const { name, baseDirectoryId } = volume;
  const path = join(basePath, name);
  if (volume.phase !== 'Bound' || volume.deleting || !isVolumeName(name) || volume.path !== path) return undefined;
  if (disk instanceof StorageError) {
    return mayHold(disk, baseDirectoryId) ? undefined : { reason: disk.reason, message: disk.message };
  }
  if (!mayHold(disk.baseDirectory, baseDirectoryId)) {
    return { reason: 'AnotherBaseDirectory', message: anotherBaseDirectory(volume, disk) };
  }
  if (disk.place === 'base') return undefined;
  const message = `${path} does not exist any more: restore it from a backup; if it is lost for good, delete the claim`;
  return { reason: 'DirectoryMissing', message };
}

/** What became of a volume's base directory, and the two ways out. */
export function anotherBaseDirectory({ name, baseDirectoryId }: Volume, { baseDirectory, place }: Disk): string {
  const { path, id } = baseDirectory;
  if (place === 'base') return labelledAnew(name, `${baseDirectoryId}`, baseDirectory);
  return `it was made in the base directory with id ${baseDirectoryId}, but ${path} has id ${id} now: mount the disk that was there, or restore it; if it is lost for good, delete the claim, if there is one, and let the volume go by hand: ${letGo(name)}`;
}

/** The commands that remove a volume object although our finalizer holds it. */
export const letGo = (name: string): string =>
  `kubectl delete pv ${name} --wait=false; kubectl patch pv ${name} --type=merge -p '{"metadata":{"finalizers":null}}'`;

/** The folder with label and journal was lost and made again, or the directory was moved here from another base directory. */
function labelledAnew(name: string, madeUnder: string, { path, id }: BaseDirectory): string {
  const accept = `kubectl annotate pv ${name} ${annotations.baseDirectoryId}=${id} --overwrite`;
  const record = `.hostpath-provisioner/volumes/${name}.json`;
  return `it was made in the base directory with id ${madeUnder}, and ${path} has id ${id} now, but ${join(path, name)} is there. If that is the directory of this volume, copy its record back into ${path}/${record} from the old .hostpath-provisioner or a backup, if there is one, and say so: ${accept}. Nothing was changed`;
}
