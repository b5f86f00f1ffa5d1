import { StorageError, type StorageReason } from './port.ts';
import type { Fields } from './stored-file.ts';

/**
 * The version of the label and of the records that this release writes. A later release may add fields without a new version, for
 * fields that are not known here survive each rewrite. A new version tells earlier releases to leave the file alone.
 */
export const fileVersion = 1;

/** @throws {StorageError} with the reason when a later release wrote the file, at the shown path, in a version of its own */
export function proveVersionKnown({ version }: Fields, path: string, reason: StorageReason): void {
  if (typeof version !== 'number' || !(version > fileVersion)) return;
  const what = `${path} was written by a later release: it has version ${version}, and this daemon knows version ${fileVersion}`;
  throw new StorageError(reason, `${what}. Nothing was changed. Run that release again, or a newer one`);
}
