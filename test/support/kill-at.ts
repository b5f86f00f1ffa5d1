/**
 * Loaded before a program (`node --import`), it ends the process by SIGKILL before the n-th thing that it does: a change of
 * the file system or a line of output. KILL_AT is n, from 0.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const killAt = Number(process.env.KILL_AT);
let count = 0;

function killing<Target extends object>(target: Target, name: keyof Target): void {
  const original = target[name] as (...args: unknown[]) => unknown;
  Reflect.set(target, name, (...args: unknown[]) => {
    if (count === killAt) process.kill(process.pid, 'SIGKILL');
    count += 1;
    return Reflect.apply(original, target, args);
  });
}

for (const name of ['writeFile', 'rename', 'fsync', 'unlink', 'rmdir'] as const) killing(fs, name);
syncBuiltinESMExports();
killing(process.stdout, 'write');
