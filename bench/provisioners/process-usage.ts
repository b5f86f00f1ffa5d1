import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

export interface ProcessUsage {
  rssMiB: number;
  /** The most that it ever was. */
  peakRssMiB: number;
  /** Of all its threads, in user and system mode, since it started. */
  cpuMs: number;
}

/** What a process uses, as its kernel counts it. */
export function usageOf(pid: number): ProcessUsage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1_024;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field, the program's name in parentheses, may hold anything. utime and stime are the fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[14 - 3]) + Number(fields[15 - 3]);
  return { rssMiB: mebibytes('VmRSS'), peakRssMiB: mebibytes('VmHWM'), cpuMs: (ticks / ticksPerSecond) * 1_000 };
}
