import { devNull } from 'node:os';
import type { Fault } from '../fault.ts';

/** System calls behind what the agent sees, so that a kill also falls where `node:fs` does not tell. */
export const changingCalls = ['mkdir', 'fchmod', 'fchown', 'fsync', 'rename', 'unlink', 'rmdir', 'link'];

/** The same, and those of which most have nothing to do with the base directory: Node's own files, sockets and log. */
export const systemCalls = [...changingCalls, 'openat', 'write'];

/**
 * How the daemon is started when the kernel is to harm it: below strace, which counts each system call per thread. It kills
 * before the call takes effect. Not with --seccomp-bpf, which would be quicker: strace 6.1 then counts no further than 1.
 */
export function strace(faults: readonly Fault[]): { prefix?: string[] } {
  const injections = faults
    .filter(({ kind }) => kind === 'sys')
    .flatMap(({ label, nth }) => ['-e', `inject=${label}:signal=KILL:when=${nth}`]);
  if (injections.length === 0) return {};
  const traced = [...new Set(faults.filter(({ kind }) => kind === 'sys').map(({ label }) => label))].join(',');
  return { prefix: ['strace', '-f', '-qq', '-o', devNull, '-e', `trace=${traced}`, ...injections] };
}
