import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem } from 'node:os';

/** Where and of what a run was, so that its figures can be read later. */
export function machineFacts() {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    fileSystem: outputOf('stat', ['--file-system', '--format=%T', tmpdir()]),
    load: loadavg()
      .map((load) => load.toFixed(2))
      .join(' '),
    commit: outputOf('git', ['describe', '--always', '--abbrev=12', '--dirty']),
  };
}

export type MachineFacts = ReturnType<typeof machineFacts>;

function outputOf(command: string, args: string[]): string {
  return execFileSync(command, args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
}
