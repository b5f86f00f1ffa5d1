import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { StorageError } from '../port.ts';

/** Name of koffi's file beside the bundle; not defined if the sources run directly. */
declare const KOFFI_FILE: string | undefined;

/** An argument of a C function: `void *` takes a view, in which the function may write, or null. */
export type Argument = number | bigint | string | Uint8Array | null;

export interface NativeFunction {
  (...args: Argument[]): number;
  /** The same in a thread of a pool. `errno` is the call's own only within the callback. */
  async(...args: [...Argument[], (error: Error | null, result: number) => void]): void;
}

/** What we use of koffi, <https://koffi.dev>, which calls C functions. It has no types of its own for its bare file. */
export interface Koffi {
  /** @param path null for what the process has loaded anyway, such as the C library */
  load(path: string | null): { func(prototype: string): NativeFunction };
  errno(): number;
}

let path: string | undefined;
let loaded: Koffi | undefined;

/**
 * Absolute path of koffi, for `useKoffiAt` in a worker thread.
 * @throws {StorageError} if it is not installed
 */
export function koffiPath(): string {
  if (path !== undefined) return path;
  if (typeof KOFFI_FILE === 'string') path = fileURLToPath(new URL(KOFFI_FILE, import.meta.url));
  else {
    const name = `@koromix/koffi-${process.platform}-${process.arch}`;
    try {
      path = createRequire(import.meta.url).resolve(name);
    } catch (cause) {
      throw notLoaded(`package ${name} is not installed`, cause);
    }
  }
  return path;
}

/** A worker thread is started from text, which lies nowhere: it cannot tell what lies beside it. */
export function useKoffiAt(place: string): void {
  path = place;
}

/**
 * Loads koffi at the first call: it takes 1.3 MiB, which a daemon without limits and clones saves.
 * @throws {StorageError} if it cannot be loaded
 */
export function koffi(): Koffi {
  if (loaded !== undefined) return loaded;
  const file = koffiPath();
  try {
    loaded = createRequire(file)(file) as Koffi;
  } catch (cause) {
    throw notLoaded(cause instanceof Error ? cause.message : String(cause), cause);
  }
  return loaded;
}

function notLoaded(why: string, cause: unknown): StorageError {
  const advice =
    'Run the daemon from its image, or install its optional dependencies (npm ci --include=optional) on Linux with glibc, x64 or arm64';
  return new StorageError('StorageFailed', `Cannot make the system calls of limits and copies: ${why}. ${advice}`, {
    cause,
  });
}
