import { closeSync, constants, openSync } from 'node:fs';
import { calls } from '../calls.ts';

/** Makes the names in a directory durable. All paths lead to it, and the first one stays valid until the promise settles. */
export async function syncDirectory([path = '']: readonly string[]): Promise<void> {
  await withDirectory(path, (descriptor) => calls.fsync(descriptor));
}

/** Sets the unchanged mode first: an fsync on XFS and older ext4 writes the log only up to the last change of that file. */
export async function syncAllBefore([path = '']: readonly string[]): Promise<void> {
  await withDirectory(path, async (descriptor) => {
    await calls.fchmod(descriptor, 0o700);
    await calls.fsync(descriptor);
  });
}

async function withDirectory(path: string, operation: (descriptor: number) => Promise<void>): Promise<void> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await operation(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
