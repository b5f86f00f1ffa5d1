import { constants } from 'node:os';
import util from 'node:util';
import { type Argument, koffi, type NativeFunction } from './koffi.ts';

/** Functions of the C library by our names. The kernel reads a `void *` of an ioctl or writes there. */
const prototypes = {
  ioctl: 'int ioctl(int fd, unsigned long request, void *argument)',
  ioctlOfNumber: 'int ioctl(int fd, unsigned long request, unsigned long argument)',
  /** For a system call that the C library has no function of. */
  syscall: 'long syscall(long number, long first, long second, long third, void *fourth)',
  openat: 'int openat(int directory, void *name, int flags, unsigned int mode)',
  close: 'int close(int fd)',
  lseek: 'int64_t lseek(int fd, int64_t offset, int whence)',
  copyFileRange:
    'int64_t copy_file_range(int from, void *fromOffset, int to, void *toOffset, size_t length, unsigned int flags)',
  syncfs: 'int syncfs(int fd)',
  futimens: 'int futimens(int fd, void *times)',
  utimensat: 'int utimensat(int fd, void *path, void *times, int flags)',
  flistxattr: 'int64_t flistxattr(int fd, void *list, size_t size)',
  fgetxattr: 'int64_t fgetxattr(int fd, void *name, void *value, size_t size)',
  fsetxattr: 'int fsetxattr(int fd, void *name, void *value, size_t size, int flags)',
  llistxattr: 'int64_t llistxattr(void *path, void *list, size_t size)',
  lgetxattr: 'int64_t lgetxattr(void *path, void *name, void *value, size_t size)',
  lsetxattr: 'int lsetxattr(void *path, void *name, void *value, size_t size, int flags)',
} as const;

type Name = keyof typeof prototypes;

/** A call for the C library, and how its errors name it. */
export interface Call {
  name: Name;
  args: Argument[];
  /** Such as `FICLONE`; without it, the function's own name. */
  shown?: string;
}

/** A failed system call in the form of Node's own errors: `errno` is negative. `code` is also known for a full quota. */
export class SystemCallError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;

  constructor(errno: number, syscall: string) {
    const code = codes.get(errno) ?? `E${errno}`;
    super(`${code}: ${util.getSystemErrorMessage(-errno)}, ${syscall}`);
    this.code = code;
    this.errno = -errno;
    this.syscall = syscall;
  }
}

/** Of two names for a number, such as ENOTSUP and EOPNOTSUPP, the one that Node uses. */
const codes = new Map(
  Object.entries(constants.errno)
    .reverse()
    .map(([code, errno]) => [errno, code]),
).set(constants.errno.ENOTSUP, 'ENOTSUP');

const functions = new Map<Name, NativeFunction>();

function functionOf(name: Name): NativeFunction {
  const known = functions.get(name) ?? koffi().load(null).func(prototypes[name]);
  functions.set(name, known);
  return known;
}

/**
 * Calls and waits: for what the kernel answers from memory, and in worker threads.
 * @returns what the function returned, which is not -1
 * @throws {SystemCallError}
 */
export function callNow({ name, args, shown = name }: Call): number {
  const result = functionOf(name)(...args);
  if (result === -1) throw new SystemCallError(koffi().errno(), shown);
  return result;
}

/** koffi refuses more than some 256 calls at a time. */
const mostAtOnce = 64;
let running = 0;
const waiting: (() => void)[] = [];

/** The same in a thread of a pool, for what may wait for the disk. Arguments must stay as they are until then. */
export async function call(wanted: Call): Promise<number> {
  if (running < mostAtOnce) running += 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await callInPool(wanted);
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

function callInPool({ name, args, shown = name }: Call): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  functionOf(name).async(...args, (error, result) => {
    if (error !== null) reject(error);
    else if (result === -1) reject(new SystemCallError(koffi().errno(), shown));
    else resolve(result);
  });
  return promise;
}

/** Text as C has it. A name of the file system may not be UTF-8, and comes as bytes. */
export function cString(text: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(text), Buffer.alloc(1)]);
}
