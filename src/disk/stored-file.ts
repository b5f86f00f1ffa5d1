import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { v4 as uuid } from 'uuid';
import { look, type OpenBase } from './base/open-base.ts';
import { calls } from './calls.ts';
import { temporarySuffix } from './layout.ts';
import { hasCode } from './system-error.ts';

export type Fields = Partial<Record<string, unknown>>;

/** What we write is a hundredth of this. Something larger is not ours, and reading it could cost all of the memory. */
export const largestFileBytes = 64 * 1024;

/** A file of ours as the JSON object that it holds: undefined when there is no file, no fields when it is damaged. */
export async function readFields(base: OpenBase, path: string): Promise<Fields | undefined> {
  const text = await readText(base.state(path));
  return text === undefined ? undefined : parse(text);
}

/** The same for a file that may be shared: the line in it of which `isIt` says yes, or else the whole file. */
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
  // Most often there is none, and an exception costs more than a look.
  if (look(path) === undefined) return undefined;
  try {
    // Non-blocking: opening a named pipe would wait for a writer.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(descriptor);
      // A pipe, or a device, which may have no end: nothing that we wrote either.
      if (!stats.isFile() || stats.size > largestFileBytes) return '';
      return await calls.readFile(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    // A link, a directory or a socket: nothing that we wrote.
    if (hasCode(error, 'ELOOP', 'EISDIR', 'ENXIO')) return '';
    throw error;
  }
}

/** Puts a file of ours in place, or replaces it, at once and whole. The directory it lies in is still to be fsynced. */
export function replaceFile(base: OpenBase, path: string, fields: Fields): Promise<void> {
  return throughTemporary(base, textOf(fields), (temporary) => calls.rename(temporary, base.state(path)));
}

/** The same, but leaves a file that is there as it is, also when somebody else makes it at this moment. */
export function createFile(base: OpenBase, path: string, fields: Fields): Promise<void> {
  return throughTemporary(base, textOf(fields), async (temporary) => {
    try {
      await calls.link(temporary, base.state(path));
    } catch (error) {
      // Without hard links, two who begin within the same moment have one file all the same, though not for sure the first.
      if (lacksLinks(error) && look(base.state(path)) === undefined) return calls.rename(temporary, base.state(path));
      if (!lacksLinks(error) && !hasCode(error, 'EEXIST')) throw error;
    }
    await calls.unlink(temporary);
  });
}

/** Whether the file system has no hard links (exFAT, some of FUSE and SMB), or no more for this file. */
export function lacksLinks(error: unknown): boolean {
  return hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK');
}

/** A file's text, or one of the lines of a shared one. */
export const textOf = (fields: Fields): string => `${JSON.stringify(fields)}\n`;

/** Writes a file durably under a name that nobody reads, then has it put in place. */
export async function throughTemporary(
  base: OpenBase,
  text: string,
  put: (temporary: string) => Promise<void>,
): Promise<void> {
  try {
    await writeAndPut(base, text, put);
  } catch (error) {
    // Another daemon that starts at this moment may have swept it away.
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
    // What matters is the first error; a temporary file that cannot be removed now is swept at the next start.
    await calls.unlink(temporary).catch(() => undefined);
    throw error;
  }
}
