import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { type Process, processes } from './processes.ts';

/** What there is on this machine under the name of a cluster's directory: files, mounts, control groups, network, processes. */
export function traces(directory: string): string[] {
  const name = basename(directory);
  const groups = ['/sys/fs/cgroup', ...readdirSync('/sys/fs/cgroup').map((tree) => `/sys/fs/cgroup/${tree}`)];
  const link = `/sys/class/net/hostpath-${directory.slice(-6)}`;
  const paths = [directory, link, ...groups.map((group) => `${group}/${name}`)].filter((path) => existsSync(path));
  const mounts = mountLines().filter((line) => line.includes(name));
  return [...paths, ...mounts.map((line) => `mount ${line}`), ...ownProcesses(name).map(shown)];
}

/** Ids such as `net:[4026532178]` of the namespaces that the cluster has and this process has not. */
export function namespaces(directory: string): Set<string> {
  const outside = namespacesOf('self');
  const inside = ownProcesses(basename(directory)).flatMap(({ id }) => namespacesOf(id));
  return new Set(inside.filter((namespace) => !outside.includes(namespace)));
}

/** What keeps any of these namespaces in being: processes in it, mounts of it. */
export function usersOf(namespaces: ReadonlySet<string>): string[] {
  const inside = processes().filter(({ id }) => namespacesOf(id).some((namespace) => namespaces.has(namespace)));
  const mounts = mountLines().filter((line) => [...namespaces].some((namespace) => line.includes(namespace)));
  return [...inside.map(shown), ...mounts.map((line) => `mount ${line}`)];
}

const ownProcesses = (name: string): Process[] =>
  processes().filter(({ commandLine, controlGroups }) => commandLine.includes(name) || controlGroups.includes(name));

const shown = ({ id, commandLine }: Process) => `process ${id}: ${commandLine}`;

const mountLines = (): string[] => readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n');

function namespacesOf(id: number | 'self'): string[] {
  const directory = `/proc/${id}/ns`;
  try {
    return readdirSync(directory).map((kind) => readlinkSync(`${directory}/${kind}`));
  } catch {
    return []; // it has ended since it was found
  }
}
