import { readdirSync, readFileSync } from 'node:fs';

export interface Process {
  id: number;
  commandLine: string;
  controlGroups: string;
}

/** Every process of this machine, those in containers among them. */
export function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return {
          id: Number(name),
          commandLine: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' '),
          controlGroups: readFileSync(`/proc/${name}/cgroup`, 'utf8'),
        };
      } catch {
        return []; // it has ended since the directory was read
      }
    });
}

/** How long a process was ready to run and others had the processors: what a busy machine adds to all that it does. */
export function waitedForProcessorMs(id: number): number {
  const [, waitedNs] = readFileSync(`/proc/${id}/schedstat`, 'utf8').split(' ');
  return Number(waitedNs) / 1_000_000;
}

const ticksASecond = 100; // USER_HZ, the same on every Linux

/** When a process was started, in milliseconds since 1970, to a hundredth of a second. */
export function startedAt(id: number): number {
  const afterName = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1) ?? '';
  const ticks = Number(afterName.split(' ')[19]); // field 22 of proc_pid_stat(5), and the name is the second
  const [uptimeSeconds] = readFileSync('/proc/uptime', 'utf8').split(' ');
  return Date.now() - Number(uptimeSeconds) * 1_000 + (ticks / ticksASecond) * 1_000;
}
