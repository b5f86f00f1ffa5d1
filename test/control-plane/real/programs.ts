import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import { searchPath } from './prerequisites.ts';

const tailLines = 15;

interface Program {
  name: string;
  child: ChildProcess;
  logPath: string;
  /** Its end was asked for, so it is no news. */
  ending?: true;
}

/** The programs of one cluster, running in the background, each with its output in a log file of the directory. */
export class Programs {
  readonly directory: string;
  readonly #enter: readonly string[];
  readonly #running: Program[] = [];
  #waiting = 0;
  #death: Error | undefined;

  /** @param enter what stands before a command to run it where the cluster lives, such as `nsenter …` */
  constructor(directory: string, enter: readonly string[] = []) {
    this.directory = directory;
    this.#enter = enter;
  }

  /** @returns the process's id */
  start(name: string, command: readonly string[]): number {
    const logPath = join(this.directory, `${name}.log`);
    const log = openSync(logPath, 'a');
    // The kernel ends the program when this process dies, however it dies. A session of its own (`detached`) keeps
    // Ctrl-C from ending it before whatever still uses it.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...this.#enter, ...command], {
      cwd: '/',
      env: { PATH: searchPath, HOME: this.directory },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    const program: Program = { name, child, logPath };
    this.#running.push(program);
    child.once('error', (error) => this.#died(program, error.message));
    child.once('exit', (code, signal) => this.#died(program, signal ?? `exit code ${code}`));
    if (child.pid === undefined) throw new Error(`${name} does not start`);
    return child.pid;
  }

  /** Waits until `expectation` does not throw. Gives up when a program dies, with the end of its log in the error. */
  async until(what: string, withinMs: number, expectation: () => Promise<unknown> | unknown): Promise<void> {
    const check = async () => {
      if (this.#death !== undefined) return this.#death;
      await expectation();
      return 'all alive';
    };
    this.#waiting++;
    try {
      const end = await until(what, check, { withinMs });
      if (end instanceof Error) throw end;
    } finally {
      this.#waiting--;
    }
  }

  /** Ends one of them in good order, as a service manager does; it can then be started again. */
  async end(name: string): Promise<void> {
    const index = this.#running.findIndex((program) => program.name === name);
    const [program] = index < 0 ? [] : this.#running.splice(index, 1);
    if (program?.child.pid === undefined) throw new Error(`${name} does not run`);
    program.ending = true;
    const ended = once(program.child, 'exit');
    process.kill(this.#enter.length === 0 ? program.child.pid : onlyChildOf(program.child.pid), 'SIGTERM');
    await ended;
  }

  /** Nothing here is worth a graceful end. What was started inside of something ends with that. */
  async stop(): Promise<void> {
    const programs = this.#running.splice(0);
    for (const program of programs) program.ending = true;
    await Promise.all(programs.map(({ child }) => kill(child)));
  }

  #died(program: Program, how: string): void {
    if (program.ending) return;
    const tail = readFileSync(program.logPath, 'utf8').trimEnd().split('\n').slice(-tailLines).join('\n');
    this.#death = new Error(`${program.name} died (${how}); the end of its log:\n${tail}`);
    if (this.#waiting === 0) console.error(this.#death.message); // the test that runs now fails by something less telling
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** `nsenter` has the program as its child, and waits for it. */
function onlyChildOf(id: number): number {
  return Number(readFileSync(`/proc/${id}/task/${id}/children`, 'utf8'));
}
