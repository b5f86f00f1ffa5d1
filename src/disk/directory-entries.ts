import { closeSync, constants, opendirSync, openSync } from 'node:fs';

/** Entries that are read at a time. */
const bufferSize = 256;

const directoryOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Opens a directory, but no link to one, for the time of the operation. @throws system errors */
export function withDirectory(path: string | Buffer, operation: (descriptor: number) => void): void {
  const descriptor = openSync(path, directoryOnly);
  try {
    operation(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The path of an entry, through the descriptor of its directory. Names are bytes, and may not be UTF-8. */
export function at(directory: number, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), name]);
}

export function printable(name: Buffer): string {
  return JSON.stringify(name.toString('utf8')).slice(1, -1);
}

/** Streams the entries until `visit` has enough: a directory may have millions of names. */
export function forEachEntry(
  directory: number,
  visit: (name: Buffer, isDirectory: boolean) => 'more' | 'enough',
): void {
  // The type of `encoding` lacks 'buffer', which is documented.
  const options = { encoding: 'buffer' as BufferEncoding, bufferSize };
  const listing = opendirSync(`/proc/self/fd/${directory}`, options);
  try {
    for (let entry = listing.readSync(); entry !== null; entry = listing.readSync()) {
      if (visit(entry.name as unknown as Buffer, entry.isDirectory()) === 'enough') return;
    }
  } finally {
    listing.closeSync();
  }
}
