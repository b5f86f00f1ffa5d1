/**
 * What lies where in a base directory. Volumes are `<base>/<volume>`; everything of ours is in one directory beside them:
 *
 *     .hostpath-provisioner/
 *       base.json                    the base directory's label, written last: with it, all of this is there
 *       volumes/<volume>.json        a volume's record; these files are the journal
 *       trash/<volume>/record.json   the record of a volume that is being removed
 *       trash/<volume>/directory/    its directory, until it is erased
 *       <uuid>.tmp                   a file that is being written
 */
export const stateName = '.hostpath-provisioner';
export const labelName = 'base.json';
export const journalName = 'volumes';
export const trashName = 'trash';
export const trashedDirectoryName = 'directory';
export const trashedRecordName = 'record.json';
export const recordSuffix = '.json';
export const temporarySuffix = '.tmp';

export function recordPath(volume: string): string {
  return `${journalName}/${volume}${recordSuffix}`;
}

export function trashPath(volume: string): string {
  return `${trashName}/${volume}`;
}

export function trashedRecordPath(volume: string): string {
  return `${trashPath(volume)}/${trashedRecordName}`;
}
