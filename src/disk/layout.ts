/**
 * The files of a base directory. Volumes are `<base>/<volume>`; all other files are in one directory beside them:
 *
 *     .hostpath-provisioner/
 *       base.json                    the base directory's label, written after the directories below
 *       volumes/<volume>.json        a volume's record; these files are the journal. Records that were written together are
 *                                    hard links to one file, with a line for each
 *       trash/<volume>/record.json   the record of a deleted volume
 *       trash/<volume>/directory/    its directory, until it is erased or restored
 *       trash/<volume>/erasing/      its directory, once it can no longer be restored
 *       clones/<volume>/             the directory of a volume while another one is copied into it
 *       spare                        space that is freed when a full disk would block the deletion of a volume
 *       <uuid>.tmp                   an unfinished file
 */
export const stateName = '.hostpath-provisioner';
export const labelName = 'base.json';
export const journalName = 'volumes';
export const trashName = 'trash';
export const clonesName = 'clones';
export const trashedDirectoryName = 'directory';
export const erasingName = 'erasing';
export const trashedRecordName = 'record.json';
export const spareName = 'spare';
/** A fixed name, so that a file left by a crash is overwritten. */
export const spareInTheMakingName = 'spare.tmp';
export const recordSuffix = '.json';
export const temporarySuffix = '.tmp';

export const recordPath = (volume: string): string => `${journalName}/${volume}${recordSuffix}`;
export const clonePath = (volume: string): string => `${clonesName}/${volume}`;
export const trashPath = (volume: string): string => `${trashName}/${volume}`;
export const trashedDirectoryPath = (volume: string): string => `${trashPath(volume)}/${trashedDirectoryName}`;
/** Where a directory that could be restored goes before its content is erased. */
export const erasingPath = (volume: string): string => `${trashPath(volume)}/${erasingName}`;
export const trashedRecordPath = (volume: string): string => `${trashPath(volume)}/${trashedRecordName}`;
