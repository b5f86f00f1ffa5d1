import { StorageError, type StorageReason } from './port.ts';
import type { Fields } from './stored-file.ts';

/** The version of label and records that this release writes. Earlier releases leave files of a later one alone. */
export const fileVersion = 1;

/** @throws {StorageError} with the reason when a later release wrote the file, at the shown path, in a version of its own */
export function proveVersionKnown({ version }: Fields, path: string, reason: StorageReason): void {
  if (typeof version !== 'number' || !(version > fileVersion)) return;
  const what = `${path} was written by a later release: it has version ${version}, and this daemon knows version ${fileVersion}`;
  throw new StorageError(reason, `${what}. Nothing was changed. Run that release again, or a newer one`);
}
