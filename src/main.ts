#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { type Command, readCommand } from './commands/command-line.ts';
import type { Config, Problems } from './config/config.ts';
import { StartError } from './model/start-error.ts';

// The daemon mostly waits: after a burst of 3,000 claims, it has 190 MiB without this, and 120 MiB with it.
setFlagsFromString('--optimize-for-size');

const exitFailed = 1;
const exitMisconfigured = 2;

try {
  proveNodeVersion(process.versions.node);
  const result = readCommand(process.argv.slice(2), process.env);
  if ('help' in result) process.stdout.write(result.help);
  else if ('problems' in result) giveUp(await allProblems(result));
  else await run(result);
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  giveUp(error.problems);
}

/** The problems with the flags, and those with the kubeconfig. */
async function allProblems({ problems, server }: Problems): Promise<string[]> {
  if (server === undefined) return problems;
  const { serverProblems } = await import('./commands/server-problems.ts');
  return [...problems, ...(await serverProblems(server.kubeconfigPath, process.env))];
}

async function run(command: Command): Promise<void> {
  if (command.command === 'daemon') return runDaemon(command.config);
  const problem = await runBeside(command, (line) => void process.stdout.write(`${line}\n`));
  if (problem === undefined) return;
  tell([problem]);
  process.exitCode = exitFailed;
}

/** Runs a command beside the daemon. @returns why it failed, or undefined */
async function runBeside(
  command: Exclude<Command, { command: 'daemon' }>,
  say: (line: string) => void,
): Promise<string | undefined> {
  switch (command.command) {
    case 'trash':
      return (await import('./commands/trash-command.ts')).runTrash(command, process.env, say);
    case 'restore':
      return (await import('./commands/restore-command.ts')).runRestore(command, process.env, say);
    case 'status':
      return (await import('./commands/status-command.ts')).runStatus(command, say);
  }
}

/** Calls for a disk that does not answer each keep a thread: those for the other disks need threads of their own. */
const threadsForEachDisk = 8;

async function runDaemon(config: Config): Promise<void> {
  const disks = config.baseDirectories.length;
  // Before the first call that needs a thread. Node's own default, four, suffices for one disk.
  if (disks > 1) process.env.UV_THREADPOOL_SIZE ??= String(disks * threadsForEachDisk);
  // Before the first wait: process 1 of a container ignores signals for which it has no handler.
  const stop = stopSignal();
  // Loaded only here because it takes a while, and neither --help nor a mistyped option should wait for it.
  const [{ startDaemon }, { createLogger }] = await Promise.all([import('./daemon.ts'), import('./report/log.ts')]);
  const log = await createLogger(config);
  for (const name of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(name, (error) => {
      log.fatal({ err: error }, 'uncaught error, exiting; after a restart, the daemon continues from its journal');
      process.exit(exitFailed);
    });
  }
  try {
    const daemon = await startDaemon(config, process.env, log, stop);
    await aborted(stop);
    log.info({ signal: stop.reason }, 'stopping');
    await daemon.stop();
  } catch (error) {
    if (error !== stop.reason) throw error;
    log.info({ signal: stop.reason }, 'stopped before startup was complete');
  }
  process.exit(0);
}

/** A signal that the first SIGTERM or SIGINT aborts, with its name as the reason. A second one ends the process at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => (stop.signal.aborted ? process.exit(exitFailed) : stop.abort(signal)));
  }
  return stop.signal;
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', resolve, { once: true });
  });
}

/** The HTTP client needs 22.19: an older Node fails in it with an error that explains nothing. */
function proveNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 19)) giveUp([`Node ${version} is too old: use Node 22.19 or newer`]);
}

function tell(problems: readonly string[]): void {
  process.stderr.write(problems.map((problem) => `hostpath-provisioner: ${problem}\n`).join(''));
}

function giveUp(problems: readonly string[]): never {
  tell(problems);
  process.exit(exitMisconfigured);
}
