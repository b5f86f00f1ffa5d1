import { readlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { relative } from 'node:path';
import { calls } from '../../../src/disk/calls.ts';

/** All calls with which the storage changes the file system. */
const effects = ['writeFile', 'rename', 'link', 'unlink', 'mkdir', 'rmdir', 'fchmod', 'fchown', 'fsync'] as const;

type Effect = (typeof effects)[number];

/** Runs an operation while each of its effects is first shown to `before`, which may throw instead. */
async function withHook(
  operation: () => Promise<unknown>,
  before: (effect: Effect, index: number, args: unknown[]) => void,
) {
  let index = 0;
  const originals = effects.map((effect) => [effect, calls[effect]] as const);
  for (const [effect, original] of originals) {
    const hooked = async (...args: unknown[]) => {
      before(effect, index++, args);
      return await Reflect.apply(original, calls, args);
    };
    Reflect.set(calls, effect, hooked);
  }
  try {
    return await operation();
  } finally {
    for (const [effect, original] of originals) Reflect.set(calls, effect, original);
  }
}

/** The effects of an operation, in their order. */
export async function effectsOf(operation: () => Promise<unknown>): Promise<Effect[]> {
  const seen: Effect[] = [];
  await withHook(operation, (effect) => seen.push(effect));
  return seen;
}

/** The same, with what each was done to: paths within the base directory. */
export async function journeyOf(basePath: string, operation: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  await withHook(operation, (effect, _, args) => {
    const targets = args.filter((arg, index) => typeof arg === 'string' && !(effect === 'writeFile' && index === 1));
    const paths = typeof args[0] === 'number' ? [`/proc/self/fd/${args[0]}`] : targets.map(String);
    seen.push([effect, ...paths.map((path) => relative(basePath, realPathOf(path)) || '.')].join(' '));
  });
  return seen;
}

/** Resolves the descriptor that a path begins with, and nothing after it. */
function realPathOf(path: string): string {
  const [, descriptor = '', rest = ''] = /^(\/proc\/self\/fd\/\d+)(.*)$/.exec(path) ?? [];
  const temporary = /[0-9a-f-]{36}\.tmp$/;
  return (readlinkSync(descriptor) + rest).replace(temporary, 'temporary');
}

class Crash extends Error {}

/** Runs an operation as if the process were killed before its n-th effect: neither that nor any later one happens. */
export async function crashBefore(n: number, operation: () => Promise<unknown>): Promise<void> {
  const crashed = withHook(operation, (effect, index, args) => {
    if (index < n) return;
    // A write is not one instant: half of it may be there.
    if (effect === 'writeFile' && index === n) writeFileSync(String(args[0]), String(args[1]).slice(0, 20));
    throw new Crash(`killed before effect ${n}, ${effect}`);
  });
  await crashed.catch((error: unknown) => {
    if (!(error instanceof Error && error.cause instanceof Crash)) throw error;
  });
}

export function systemError(code: keyof typeof constants.errno, syscall: string): Error {
  const error = new Error(`${code}, ${syscall}`);
  return Object.assign(error, { code, errno: -constants.errno[code], syscall });
}

/** Runs an operation whose n-th effect alone fails. */
export function failAt(
  n: number,
  code: keyof typeof constants.errno,
  operation: () => Promise<unknown>,
): Promise<unknown> {
  return withHook(operation, (effect, index) => {
    if (index === n) throw systemError(code, effect);
  });
}

/** Runs an operation and does something before each of its effects. */
export function beforeEffects(deed: (effect: Effect) => void, operation: () => Promise<unknown>): Promise<unknown> {
  return withHook(operation, deed);
}

/** Runs an operation and does something behind its back, just before its first effect of this kind. */
export function meanwhile(effect: Effect, deed: () => void, operation: () => Promise<unknown>): Promise<unknown> {
  let done = false;
  return withHook(operation, (seen) => {
    if (done || seen !== effect) return;
    done = true;
    deed();
  });
}
