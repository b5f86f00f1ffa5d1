/**
 * What lies where in a base directory. Volumes are `<base>/<volume>`; everything of ours is in one directory beside them:
 *
 *     .hostpath-provisioner/
 *       base.json                    the base directory's label, written last: with it, all of this is there
 *       volumes/<volume>.json        a volume's record; these files are the journal. Those that were written together are
 *                                    hard links to one file, with a line for each
 *       trash/<volume>/record.json   the record of a volume that is being removed
 *       trash/<volume>/directory/    its directory, until it is erased or restored
 *       trash/<volume>/erasing/      the same, once it can no longer be restored
 *       spare                        space that is given up where a full disk would keep a volume from going
 *       <uuid>.tmp                   a file that is being written
 */
export const stateName = '.hostpath-provisioner';
export const labelName = 'base.json';
export const journalName = 'volumes';
export const trashName = 'trash';
export const trashedDirectoryName = 'directory';
export const trashedRecordName = 'record.json';
export const spareName = 'spare';
/** Not a name of its own each time: what a crash leaves half made is written over. */
export const spareInTheMakingName = 'spare.tmp';
export const recordSuffix = '.json';
export const temporarySuffix = '.tmp';

export function recordPath(volume: string): string {
  return `${journalName}/${volume}${recordSuffix}`;
}

export function trashPath(volume: string): string {
  return `${trashName}/${volume}`;
}

export function trashedDirectoryPath(volume: string): string {
  return `${trashPath(volume)}/${trashedDirectoryName}`;
}

/** Where a directory goes that could have been restored, before anything in it is erased. */
export function erasingPath(volume: string): string {
  return `${trashPath(volume)}/erasing`;
}

export function trashedRecordPath(volume: string): string {
  return `${trashPath(volume)}/${trashedRecordName}`;
}
