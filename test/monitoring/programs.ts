import { execFile, spawnSync } from 'node:child_process';
import { describeUnless } from '../support/describe-unless.ts';

const missing = ['promtool', 'prometheus'].filter((program) => spawnSync('which', [program]).status !== 0);

export const describeMonitoring = describeUnless(
  'monitoring',
  missing.map((program) => `${program} is missing (Debian's package prometheus)`),
);

/** Runs promtool. @returns what it prints. @throws {Error} with that when it finds a fault, be it one of style alone */
export function promtool(args: readonly string[], input = ''): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = execFile('promtool', args, (error, stdout, stderr) => {
    if (error === null) resolve(stdout + stderr);
    else reject(new Error(`promtool ${args.join(' ')}: ${error.message}\n${stdout}${stderr}`));
  });
  child.stdin?.end(input);
  return promise;
}
