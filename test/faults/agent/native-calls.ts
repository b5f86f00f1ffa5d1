import type { Begun } from './agent.ts';

/** The daemon calls C by koffi, which comes as one native file. Of its functions, these are used. */
interface Koffi {
  load: (path: string | null) => { func: (prototype: string) => NativeFunction };
  /** Of the last call; sets it, if a number is given. */
  errno: (to?: number) => number;
}

interface NativeFunction {
  (...args: unknown[]): number;
  async: (...args: unknown[]) => void;
}

type Done = (error: Error | null, result: number) => void;

export interface NativeCallHooks {
  /** @returns undefined outside the base directories; `name` is of an entry in the open directory */
  begin: (label: string, descriptor: unknown, name?: string) => Begun | undefined;
  end: (begun: Begun, error: unknown) => void;
  failureOf: (begun: Begun) => NodeJS.ErrnoException | undefined;
}

/** The ioctls of btrfs that change something, by their numbers; from linux/btrfs.h. */
const changes = new Map<unknown, string>([
  [0x5000940e, 'SUBVOL_CREATE'],
  [0x4010942a, 'QGROUP_CREATE'],
  [0x8030942b, 'QGROUP_LIMIT'],
  [0x40189429, 'QGROUP_ASSIGN'],
]);

/** Has each system call told that the daemon makes beside `node:fs`, and that changes names, limits or what is durable. */
export function watchNativeCalls(hooks: NativeCallHooks): void {
  const load = process.dlopen;
  process.dlopen = (module, filename, ...rest) => {
    load.call(process, module, filename, ...rest);
    const loaded = (module as { exports: Partial<Koffi> }).exports;
    if (isKoffi(loaded)) watch(loaded, hooks);
  };
}

const isKoffi = (loaded: Partial<Koffi>): loaded is Koffi =>
  typeof loaded.load === 'function' && typeof loaded.errno === 'function';

function watch(koffi: Koffi, hooks: NativeCallHooks): void {
  const load = koffi.load;
  koffi.load = (path) => {
    const library = load(path);
    return { func: (prototype) => watched(library.func(prototype), prototype, koffi, hooks) };
  };
}

function watched(
  call: NativeFunction,
  prototype: string,
  koffi: Koffi,
  { begin, end, failureOf }: NativeCallHooks,
): NativeFunction {
  const inBackground = (...args: unknown[]) => {
    const done = args.at(-1) as Done;
    const begun = begunBy(prototype, args, begin);
    if (begun === undefined) return call.async(...args);
    const finish: Done = (error, result) => {
      const errno = result === -1 ? koffi.errno() : 0;
      // The daemon learns of it only when all of this is over: it awaits a promise.
      done(error, result);
      end(begun, error ?? (result === -1 ? { code: `errno ${errno}` } : undefined));
    };
    const failure = failureOf(begun);
    if (failure === undefined) return call.async(...args.slice(0, -1), finish);
    setImmediate(() => {
      koffi.errno(-(failure.errno ?? 0));
      finish(null, -1);
    });
  };
  /** Of those that the daemon waits for, in a thread of its own, one makes others durable. */
  const atOnce = (...args: unknown[]) => {
    const begun = prototype.includes(' syncfs(') ? begunBy(prototype, args, begin) : undefined;
    const result = call(...args);
    if (begun !== undefined) end(begun, result === -1 ? { code: 'unknown' } : undefined);
    return result;
  };
  return Object.assign(atOnce, { async: inBackground });
}

function begunBy(prototype: string, args: unknown[], begin: NativeCallHooks['begin']): Begun | undefined {
  const [descriptor, request, argument] = args;
  if (prototype.includes(' syncfs(')) return begin('syncfs', descriptor);
  const label = prototype.includes(' ioctl(') ? changes.get(request) : undefined;
  if (label === undefined || !Buffer.isBuffer(argument)) return undefined;
  if (label === 'SUBVOL_CREATE') return begin(label, descriptor, textAt(argument, 8));
  const removes = label === 'QGROUP_CREATE' && argument.readBigUInt64LE(0) === 0n;
  return begin(removes ? 'QGROUP_REMOVE' : label, descriptor);
}

/** Text as C has it. */
const textAt = (bytes: Buffer, offset: number): string => bytes.toString('utf8', offset, bytes.indexOf(0, offset));
