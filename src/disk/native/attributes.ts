import { constants } from 'node:os';
import { type Call, callNow, cString, SystemCallError } from './c-library.ts';

/** Synchronous calls for a worker thread: extended attributes, and times in nanoseconds. */

/** An open file; or a path that ends with a name which is not followed if it is a symbolic link. */
export type Target = number | Uint8Array;

const directoryOfProcess = -100; // AT_FDCWD
const noFollow = 0x100; // AT_SYMLINK_NOFOLLOW

/** Names of the extended attributes, as bytes. None where the file system has no extended attributes. */
export function listAttributes(target: Target): Buffer[] {
  const callFor = (list: Buffer | null, size: number): Call =>
    typeof target === 'number'
      ? { name: 'flistxattr', args: [target, list, size] }
      : { name: 'llistxattr', args: [cString(target), list, size] };
  // For a list, the kernel takes as much memory as it may fill. Most files have none.
  const names = ofKept(() => callNow(callFor(null, 0))) ? sized(callFor) : undefined;
  return names === undefined ? [] : splitAtZeros(names);
}

/** The value of an extended attribute; undefined if there is none of that name. */
export function getAttribute(target: Target, attribute: Uint8Array): Buffer | undefined {
  const name = cString(attribute);
  return sized((buffer, size) =>
    typeof target === 'number'
      ? { name: 'fgetxattr', args: [target, name, buffer, size] }
      : { name: 'lgetxattr', args: [cString(target), name, buffer, size] },
  );
}

/** Makes or replaces an extended attribute. */
export function setAttribute(target: Target, attribute: Uint8Array, value: Uint8Array): void {
  const name = cString(attribute);
  callNow(
    typeof target === 'number'
      ? { name: 'fsetxattr', args: [target, name, value, value.length, 0] }
      : { name: 'lsetxattr', args: [cString(target), name, value, value.length, 0] },
  );
}

/** Sets times of access and modification, in nanoseconds since 1970. */
export function setTimes(target: Target, { atimeNs, mtimeNs }: { atimeNs: bigint; mtimeNs: bigint }): void {
  putTime(atimeNs, 0);
  putTime(mtimeNs, 16);
  callNow(
    typeof target === 'number'
      ? { name: 'futimens', args: [target, times] }
      : { name: 'utimensat', args: [directoryOfProcess, cString(target), times, noFollow] },
  );
}

/** Two of the C library's `timespec`. */
const times = Buffer.alloc(32);

function putTime(time: bigint, at: number): void {
  const nanoseconds = ((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  times.writeBigInt64LE((time - nanoseconds) / 1_000_000_000n, at);
  times.writeBigInt64LE(nanoseconds, at + 8);
}

/** The kernel takes at most this for the value of an attribute, or all names of a file (XATTR_SIZE_MAX). */
const largestBytes = 65_536;
const buffer = Buffer.alloc(largestBytes);

function sized(callFor: (buffer: Buffer, size: number) => Call): Buffer | undefined {
  const bytes = ofKept(() => callNow(callFor(buffer, largestBytes)));
  return bytes === undefined ? undefined : Buffer.from(buffer.subarray(0, bytes));
}

/** Undefined for what is not there, or is not kept by the file system. */
function ofKept(read: () => number): number | undefined {
  try {
    return read();
  } catch (error) {
    const { ENODATA, ENOTSUP } = constants.errno;
    if (error instanceof SystemCallError && [-ENODATA, -ENOTSUP].includes(error.errno)) return undefined;
    throw error;
  }
}

function splitAtZeros(names: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let start = 0; start < names.length; ) {
    const end = names.indexOf(0, start);
    found.push(names.subarray(start, end));
    start = end + 1;
  }
  return found;
}
