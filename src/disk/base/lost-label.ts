import { isVolumeName } from '../../model/names.ts';
import { calls } from '../calls.ts';
import { fileVersion } from '../file-version.ts';
import { journalName, labelName, stateName, trashName } from '../layout.ts';
import { type KnownBase, StorageError } from '../port.ts';
import type { OpenBase } from './open-base.ts';

/**
 * Proves that a base directory without a label has not lost it: it would then have directories of volumes, and volumes of this
 * node would name it. Only a person can decide that such directories are ours. @throws {StorageError}
 * @param known the base directories at this path that volumes of this node name
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
  // An early date: no volume is older than the label, so none is adopted.
  const text = JSON.stringify({ version: fileVersion, ...label, createdAt: '2000-01-01T00:00:00Z' });
  const make = `mkdir -p ${stateName}/${journalName} ${stateName}/${trashName} && echo '${text}' > ${stateName}/${labelName}`;
  const message =
    `${base.shownState(labelName)} was lost, but the directories of ${count} volumes exist. Nothing was written. On the node, copy ` +
    `${stateName} from its old place or from a backup: cp -a OLD/${stateName} ${base.path}/. Without a copy, make a new label. ` +
    `Volumes then go on working, and an Event of each deletion says what to remove by hand: cd ${base.path} && ${make}`;
  return new StorageError('BaseDirectoryDamaged', message);
}
