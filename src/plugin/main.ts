#!/usr/bin/env node
import { StartError } from '../model/start-error.ts';
import { helpFor } from './command-line/help.ts';
import { type Invocation, readArguments } from './command-line/read-arguments.ts';
import type { End } from './commands/end.ts';
import type { Output } from './output/output.ts';
import { printable } from './output/printable.ts';

const exitFailed = 1;
const exitMisused = 2;

/** Nothing is awaited outside a function: the bundle is not only for modules (scripts/bundle.ts). */
async function main(): Promise<void> {
  proveNodeVersion(process.versions.node);
  // "| head" closes the pipe, and has what it wants.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const args = process.argv.slice(2);
  if (args[0] === '__complete') return complete(args.slice(1));
  const read = readArguments(args);
  if ('help' in read) process.stdout.write(helpFor(read.help));
  else if ('problems' in read) end({ exitCode: exitMisused, problems: read.problems });
  else end(await run(read));
}

async function run(invocation: Invocation): Promise<End> {
  try {
    const { runCommand } = await import('./commands/run-command.ts');
    return await runCommand(invocation, process.env, outputFor(invocation.given.color));
  } catch (error) {
    if (error instanceof StartError) return { exitCode: exitFailed, problems: error.problems };
    throw error;
  }
}

async function complete(args: string[]): Promise<void> {
  const { runComplete } = await import('./commands/complete-command.ts');
  await runComplete(args, process.env, outputFor('never'));
}

function outputFor(color = 'auto'): Output {
  const isWanted = process.stdout.isTTY && !process.env.NO_COLOR;
  return {
    say: (text) => void process.stdout.write(`${text}\n`),
    warn,
    colour: color === 'always' || (color === 'auto' && isWanted),
  };
}

function warn(line: string): void {
  process.stderr.write(`hostpath-provisioner: ${printable(line)}\n`);
}

function end({ exitCode, problems }: End): void {
  for (const problem of problems) warn(problem);
  process.exitCode = exitCode;
}

/** The HTTP client needs 22.19: an older Node fails in it with an error that explains nothing. */
function proveNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return;
  warn(`Node ${version} is too old: put Node 22.19 or newer first on PATH`);
  process.exit(exitFailed);
}

void main();
