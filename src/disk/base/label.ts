import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { validate as isUuid, v4 as uuid } from 'uuid';
import { calls, makeUnlessThere } from '../calls.ts';
import { fileVersion, proveVersionKnown } from '../file-version.ts';
import { journalName, labelName, stateName, trashName } from '../layout.ts';
import { StorageError } from '../port.ts';
import { createFile, type Fields, readFields } from '../stored-file.ts';
import { hasCode } from '../system-error.ts';
import { type OpenBase, statOf } from './open-base.ts';

/** The content of `base.json`. */
export interface Label {
  id: string;
  /** When it was made, RFC 3339, UTC. */
  createdAt: string;
  /** The node that the base directory belongs to; undefined in a label of an early version. */
  node: string | undefined;
  /** The cluster of the volumes whose records name none; undefined in a label of an early version. */
  cluster: string | undefined;
}

/**
 * Opens the label for writing, which fails on a read-only file system. Writes nothing.
 * @returns a text that changes with the label; undefined without a label
 */
export function writableLabel(base: OpenBase): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(base.state(labelName), constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    if (hasCode(error, 'ELOOP', 'EISDIR', 'ENXIO')) throw damaged(base, 'is not a file');
    throw error;
  }
  const { ino, size, mtimeNs } = fstatSync(descriptor, { bigint: true });
  closeSync(descriptor);
  return `${ino} ${size} ${mtimeNs}`;
}

/** The label; undefined before first use. @throws {StorageError} if the label or the directories beside it are damaged */
export async function readLabel(base: OpenBase): Promise<Label | undefined> {
  const fields = await readFields(base, labelName);
  if (fields === undefined) {
    await proveNoRecords(base);
    return undefined;
  }
  proveVersionKnown(fields, base.shownState(labelName), 'BaseDirectoryOfNewerVersion');
  const label = labelOf(fields);
  if (label === undefined) throw damaged(base, 'is damaged');
  for (const name of [journalName, trashName]) {
    if (!statOf(base.state(name))?.isDirectory())
      throw damaged(base, `exists, but the directory ${name} beside it does not`);
  }
  return label;
}

function labelOf({ version, id, createdAt, node, cluster }: Fields): Label | undefined {
  if (version !== fileVersion || typeof id !== 'string' || !isUuid(id)) return undefined;
  if (typeof createdAt !== 'string' || Number.isNaN(Date.parse(createdAt))) return undefined;
  return isTextOrAbsent(node) && isTextOrAbsent(cluster) ? { id, createdAt, node, cluster } : undefined;
}

const isTextOrAbsent = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';

/** Makes the label at first use, after all else: a crash before it leads to another first use. Make it durable with `syncLabel`. */
export async function makeLabel(
  base: OpenBase,
  { node, cluster, mounted }: { node: string | undefined; cluster: string | undefined; mounted: boolean },
): Promise<Label> {
  await makeUnlessThere(base.state(journalName));
  await makeUnlessThere(base.state(trashName));
  const label: Label = { id: uuid(), createdAt: new Date().toISOString(), node, cluster };
  await createFile(base, labelName, { version: fileVersion, ...label, mounted });
  // Another daemon may have made the label first.
  return (await readLabel(base)) ?? label;
}

/** Makes the label and its directory durable. */
export async function syncLabel(base: OpenBase): Promise<void> {
  await base.syncState('.');
  await base.syncVolumes();
}

/** A new base directory has no records: with records and without a label, it was damaged. */
async function proveNoRecords(base: OpenBase): Promise<void> {
  const found = [...(await namesIn(base.state(journalName))), ...(await namesIn(base.state(trashName)))];
  if (found.length > 0) throw damaged(base, `is missing, but records of ${found.length} volumes exist`);
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return await calls.readdir(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function damaged(base: OpenBase, what: string): StorageError {
  const advice = `Restore ${base.shown(stateName)} from a backup, or remove it if ${base.path} has no volumes`;
  return new StorageError(
    'BaseDirectoryDamaged',
    `${base.shownState(labelName)} ${what}. Nothing was changed. ${advice}`,
  );
}
