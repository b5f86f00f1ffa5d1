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
