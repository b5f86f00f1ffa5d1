import { isVolumeName } from '../../model/names.ts';
import { calls } from '../calls.ts';
import { fileVersion } from '../file-version.ts';
import { journalName, labelName, stateName, trashName } from '../layout.ts';
import { type KnownBase, StorageError } from '../port.ts';
import type { OpenBase } from './open-base.ts';

/**
 * Proves that a base directory without a label is not one whose label was lost: directories of volumes would then lie in it,
 * and volumes of this node would name it. Nothing in it is ever taken for ours again without the word of a person.
 * @param known the base directories at this path, by the word of those volumes
 * @throws {StorageError} with what is there, and how to mend it
 */
export async function proveLabelNotLost(
  base: OpenBase,
  known: readonly KnownBase[],
  nodeName: string | undefined,
): Promise<void> {
  const [first] = known;
  if (first === undefined) return;
  const entries = await calls.readdir(base.volume('.'), { withFileTypes: true });
  const count = entries.filter((entry) => entry.isDirectory() && isVolumeName(entry.name)).length;
  if (count > 0) throw labelLost(base, count, { id: first.id, node: nodeName });
}

function labelLost(base: OpenBase, count: number, label: { id: string; node: string | undefined }): StorageError {
  // An early date, so that nothing is taken for older than the label, and adopted.
  const text = JSON.stringify({ version: fileVersion, ...label, createdAt: '2000-01-01T00:00:00Z' });
  const make = `mkdir -p ${stateName}/${journalName} ${stateName}/${trashName} && echo '${text}' > ${stateName}/${labelName}`;
  const message =
    `${base.shownState(labelName)} was lost, and the directories of ${count} volumes are there. On the node, copy the folder back ` +
    `from where they were before, or from a backup: cp -a OLD/${stateName} ${base.path}/. If there is none, make the label ` +
    `again: cd ${base.path} && ${make}; then volumes work on, and each deletion says what to remove. Nothing was written`;
  return new StorageError('BaseDirectoryDamaged', message);
}
