import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { v4 as uuid } from 'uuid';
import { type OpenBase, statOf } from './base/open-base.ts';
import { calls } from './calls.ts';
import { temporarySuffix } from './layout.ts';
import { hasCode } from './system-error.ts';

export type Fields = Partial<Record<string, unknown>>;

/** Our files have a hundredth of this size. A larger file is not ours, and reading it could take all of the memory. */
export const largestFileBytes = 64 * 1024;

/** The JSON object in a file of ours: undefined without a file, an empty object if the file is damaged. */
export async function readFields(base: OpenBase, path: string): Promise<Fields | undefined> {
  const text = await readText(base.state(path));
  return text === undefined ? undefined : parse(text);
}

/** The JSON object in a file that records may share: the line that `isIt` accepts, else the whole file. */
export async function readSharedFields(
  base: OpenBase,
  path: string,
  isIt: (fields: Fields) => boolean,
): Promise<Fields | undefined> {
  const text = await readText(base.state(path));
  if (text === undefined) return undefined;
  for (const line of text.split('\n')) {
    const fields = line === '' ? {} : parse(line);
    if (isIt(fields)) return fields;
  }
  return parse(text);
}

function parse(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

async function readText(path: string): Promise<string | undefined> {
  // Usually there is no file, and an exception takes longer than this look.
  if (statOf(path) === undefined) return undefined;
  try {
    // Opening a named pipe without O_NONBLOCK would wait for a writer.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(descriptor);
      // A pipe, or a device, which may have no end: not our file.
      if (!stats.isFile() || stats.size > largestFileBytes) return '';
      return await calls.readFile(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    // A link, a directory or a socket: not our file.
    if (hasCode(error, 'ELOOP', 'EISDIR', 'ENXIO')) return '';
    throw error;
  }
}

/** Creates or replaces a file of ours, atomically. Its directory remains to be fsynced. */
export function replaceFile(base: OpenBase, path: string, fields: Fields): Promise<void> {
  return throughTemporary(base, textOf(fields), (temporary) => calls.rename(temporary, base.state(path)));
}

/** The same, but keeps an existing file, also one that another process makes at this moment. */
export function createFile(base: OpenBase, path: string, fields: Fields): Promise<void> {
  return throughTemporary(base, textOf(fields), async (temporary) => {
    try {
      await calls.link(temporary, base.state(path));
    } catch (error) {
      // Without hard links, two processes that begin at the same moment still have one file, though maybe not the first one.
      if (lacksLinks(error) && statOf(base.state(path)) === undefined) return calls.rename(temporary, base.state(path));
      if (!lacksLinks(error) && !hasCode(error, 'EEXIST')) throw error;
    }
    await calls.unlink(temporary);
  });
}

/** Whether the file system has no hard links (exFAT, some FUSE and SMB), or allows no more for this file. */
export function lacksLinks(error: unknown): boolean {
  return hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK');
}

/** The text of a file, or a line of a shared one. */
export const textOf = (fields: Fields): string => `${JSON.stringify(fields)}\n`;

/** Writes a file durably under a temporary name, then calls `put` to give it its own. */
export async function throughTemporary(
  base: OpenBase,
  text: string,
  put: (temporary: string) => Promise<void>,
): Promise<void> {
  try {
    await writeAndPut(base, text, put);
  } catch (error) {
    // Another daemon that starts at this moment may have removed the temporary file.
    if (!hasCode(error, 'ENOENT')) throw error;
    await writeAndPut(base, text, put);
  }
}

async function writeAndPut(base: OpenBase, text: string, put: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = base.state(`${uuid()}${temporarySuffix}`);
  try {
    await calls.writeFile(temporary, text, { flag: 'wx', mode: 0o600, flush: true });
    await put(temporary);
  } catch (error) {
    // The first error matters. The next start removes a temporary file that stays.
    await calls.unlink(temporary).catch(() => undefined);
    throw error;
  }
}
