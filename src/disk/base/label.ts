import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { validate as isUuid, v4 as uuid } from 'uuid';
import { calls, makeUnlessThere } from '../calls.ts';
import { fileVersion, proveVersionKnown } from '../file-version.ts';
import { journalName, labelName, stateName, trashName } from '../layout.ts';
import { StorageError } from '../port.ts';
import { createFile, type Fields, readFields } from '../stored-file.ts';
import { hasCode } from '../system-error.ts';
import { look, type OpenBase } from './open-base.ts';

/** What a base directory says of itself. */
export interface Label {
  id: string;
  /** When it was made, RFC 3339, UTC. */
  createdAt: string;
  /** The node that it belongs to; a label of an early version does not say. */
  node: string | undefined;
  /** The cluster of the volumes whose records name none; a label of an early version does not say. */
  cluster: string | undefined;
}

/**
 * Opens the label for writing, because only that tells a file system that turned read-only, and writes nothing.
 * @returns what changes when the label does; undefined when there is none
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

/** The label, or undefined before first use. @throws {StorageError} when what is there is not as we left it */
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
    if (!look(base.state(name))?.isDirectory()) throw damaged(base, `is there, but the directory ${name} is not`);
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

/** First use. The label comes last: a crash before it leaves a first use that is made again. It is durable after `syncLabel`. */
export async function makeLabel(
  base: OpenBase,
  { node, cluster, mounted }: { node: string | undefined; cluster: string | undefined; mounted: boolean },
): Promise<Label> {
  await makeUnlessThere(base.state(journalName));
  await makeUnlessThere(base.state(trashName));
  const label: Label = { id: uuid(), createdAt: new Date().toISOString(), node, cluster };
  await createFile(base, labelName, { version: fileVersion, ...label, mounted });
  // Another daemon may have been first.
  return (await readLabel(base)) ?? label;
}

/** Makes the label durable, and the directory that it is in. */
export async function syncLabel(base: OpenBase): Promise<void> {
  await base.syncState('.');
  await base.syncVolumes();
}

/** Records without a label are of a base directory that was damaged, not of one that is new. */
async function proveNoRecords(base: OpenBase): Promise<void> {
  const found = [...(await namesIn(base.state(journalName))), ...(await namesIn(base.state(trashName)))];
  if (found.length > 0) throw damaged(base, `is missing, but records of ${found.length} volumes are there`);
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
  const advice = `restore it from a backup, or remove ${base.shown(stateName)} if no volume lies in ${base.path}`;
  return new StorageError('BaseDirectoryDamaged', `${base.shownState(labelName)} ${what}: ${advice}`);
}
