/**
 * Runs inside the daemon's process, before the daemon: loaded by `node --require` into the main thread and into each worker.
 * Counts the calls by which the daemon changes the file system below its base directories, writes each to the report, and at
 * the points of its plan kills the process, fails the call or has it take long. Bundled to one CommonJS file (build.ts).
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isAbsolute, normalize } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { isMainThread, workerData } from 'node:worker_threads';
import { watchNativeCalls } from './native-calls.ts';
import type { AgentPlan, ReportLine } from './plan.ts';

type AnyFunction = (...args: unknown[]) => unknown;

/** Position of the argument that says where: a path or a descriptor. */
const calls: Record<string, { where: number; to?: number }> = {
  mkdir: { where: 0 },
  chmod: { where: 0 },
  fchmod: { where: 0 },
  chown: { where: 0 },
  lchown: { where: 0 },
  fchown: { where: 0 },
  fsync: { where: 0 },
  fdatasync: { where: 0 },
  rename: { where: 0, to: 1 },
  link: { where: 0, to: 1 },
  symlink: { where: 1 },
  unlink: { where: 0 },
  rmdir: { where: 0 },
  rm: { where: 0 },
  open: { where: 0 },
  write: { where: 0 },
  ftruncate: { where: 0 },
  truncate: { where: 0 },
};

/** Not made of the calls above, unlike their asynchronous forms. */
const synchronousCalls: typeof calls = { ...calls, writeFile: { where: 0 }, appendFile: { where: 0 } };

/** What a call that is slow takes longer: a disk that has other things to do. */
const slowMs = 300;

const changesOnOpen = fs.constants.O_CREAT | fs.constants.O_TRUNC;
const original = { ...fs };
const plan: AgentPlan = JSON.parse(process.env.FAULT_AGENT ?? '{"report":"/dev/null","bases":[],"life":0,"faults":[]}');
/**
 * The spare space is made only where the disk has room for it: with it, calls would count differently from machine to machine.
 * Kills while it is made are tried by test/unit/disk/crash.test.ts.
 */
const spares = new Set(
  plan.bases.flatMap((base) => ['spare', 'spare.tmp'].map((name) => `${base}/.hostpath-provisioner/${name}`)),
);
const report = original.openSync(plan.report, 'a');
/** Only the thread that copies is given something at its start: the path of koffi. */
const kind = isMainThread ? 'fs' : typeof workerData === 'string' ? 'clone' : 'erase';
const counts = new Map<string, number>();

function say(line: ReportLine): void {
  original.writeSync(report, `${JSON.stringify({ ...line, atMs: Date.now() })}\n`);
}

/** The path behind a path or descriptor, with `/proc/self/fd/N` resolved; undefined outside the base directories. */
function pathBelowBase(where: unknown): string | undefined {
  const path = typeof where === 'number' ? target(where) : resolved(String(where));
  return plan.bases.some((base) => path === base || path?.startsWith(`${base}/`)) ? path : undefined;
}

function resolved(path: string): string | undefined {
  const [, descriptor, rest = ''] = /^\/proc\/self\/fd\/(\d+)(.*)$/s.exec(path) ?? [];
  if (descriptor === undefined) return isAbsolute(path) ? path : undefined;
  const directory = target(Number(descriptor));
  return directory && normalize(`${directory}${rest}`).replace(/(?<=.)\/$/, '');
}

function target(descriptor: number): string | undefined {
  try {
    return original.readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return undefined; // the call itself will say that it is no descriptor
  }
}

/** A call as it is counted, or undefined when it is none of ours. */
function begin(name: string, args: unknown[], { where, to }: { where: number; to?: number }) {
  const path = pathBelowBase(args[where]);
  if (path === undefined || spares.has(path)) return undefined;
  const label = name === 'open' && createsFile(args[1]) ? 'create' : name;
  return beginAt(label, path, to === undefined ? undefined : pathBelowBase(args[to]));
}

function beginAt(label: string, path: string, destination?: string) {
  const nth = (counts.get(label) ?? 0) + 1;
  counts.set(label, nth);
  const call = {
    life: plan.life,
    kind,
    label,
    nth,
    path,
    ...(destination !== undefined && { to: destination }),
  } as const;
  say({ ...call, event: 'begin' });
  const fault = plan.faults.find((one) => one.kind === kind && one.label === label && one.nth === nth);
  if (fault !== undefined) say({ ...call, event: 'hit', harm: fault.harm });
  if (fault?.harm === 'before') die();
  return { call, harm: fault?.harm };
}

export type Begun = ReturnType<typeof beginAt>;

function end({ call, harm }: Begun, error: unknown): void {
  const code = (error as NodeJS.ErrnoException | null | undefined)?.code;
  say({ ...call, event: 'end', ...(code !== undefined && { code }) });
  if (harm === 'after') die();
}

function createsFile(flags: unknown): boolean {
  if (typeof flags === 'number') return (flags & changesOnOpen) !== 0;
  return typeof flags === 'string' && !flags.startsWith('r');
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;); // until the kernel has done it
}

/** The error that Node would throw for this errno. */
function failureOf({ call, harm }: Begun): NodeJS.ErrnoException | undefined {
  const found = [...getSystemErrorMap()].find(([, [code]]) => code === harm);
  if (found === undefined) return undefined;
  const [errno, [code, text]] = found;
  const syscall = call.label === 'create' ? 'open' : call.label;
  return Object.assign(new Error(`${code}: ${text}, ${syscall} '${call.path}'`), {
    errno,
    code,
    syscall,
    path: call.path,
  });
}

function patchSynchronous(name: string, position: { where: number; to?: number }): void {
  const functions = fs as unknown as Record<string, AnyFunction>;
  const call = functions[`${name}Sync`] as AnyFunction;
  functions[`${name}Sync`] = (...args) => {
    const begun = begin(name, args, position);
    if (begun === undefined) return call(...args);
    try {
      const failure = failureOf(begun);
      if (failure !== undefined) throw failure;
      const result = call(...args);
      end(begun, undefined);
      return result;
    } catch (error) {
      end(begun, error);
      throw error;
    }
  };
}

function patchWithCallback(name: string, position: { where: number; to?: number }): void {
  const functions = fs as unknown as Record<string, AnyFunction>;
  const call = functions[name] as AnyFunction;
  functions[name] = (...args) => {
    const callback = args.at(-1) as AnyFunction;
    const begun = begin(name, args, position);
    if (begun === undefined) return call(...args);
    const finish = (error: unknown, ...results: unknown[]) => {
      end(begun, error);
      callback(error, ...results);
    };
    const run = () => call(...args.slice(0, -1), finish);
    const failure = failureOf(begun);
    if (failure !== undefined) setImmediate(finish, failure);
    else if (begun.harm === 'slow') setTimeout(run, slowMs);
    else return run();
    return undefined;
  };
}

for (const [name, position] of Object.entries(calls)) patchWithCallback(name, position);
for (const [name, position] of Object.entries(synchronousCalls)) patchSynchronous(name, position);
syncBuiltinESMExports();
watchNativeCalls({
  begin: (label, descriptor, name) => {
    const path = pathBelowBase(descriptor);
    return path === undefined ? undefined : beginAt(label, name === undefined ? path : `${path}/${name}`);
  },
  end,
  failureOf,
});
