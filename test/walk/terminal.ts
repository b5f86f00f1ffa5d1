import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

const marker = 'the-command-has-ended-with';
const end = new RegExp(`^(.*)${marker} (\\d+)\n$`, 's');

interface Running {
  command: string;
  printed: string;
  ended: PromiseWithResolvers<string>;
}

/** A shell of a user, in one folder: what a command exports is there for the next one. */
export class Terminal implements AsyncDisposable {
  readonly #bash: ChildProcessByStdio<Writable, Readable, null>;
  #running: Running | undefined;

  constructor(folder: string, env: Record<string, string>) {
    // A group of its own, so that what commands leave behind can be ended with it.
    this.#bash = spawn('bash', ['--norc'], { cwd: folder, env, stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    this.#bash.stdout.setEncoding('utf8').on('data', (text: string) => this.#print(text));
    this.#bash.on('exit', (code) => this.#running?.ended.reject(new Error(`the shell has ended with ${code}`)));
  }

  /** @returns what the command prints. @throws {Error} with it when the command fails */
  run(command: string): Promise<string> {
    if (this.#running !== undefined) throw new Error(`the terminal still runs: ${this.#running.command}`);
    this.#running = { command, printed: '', ended: Promise.withResolvers() };
    this.#bash.stdin.write(`{ ${command}\n} </dev/null 2>&1; echo "${marker} $?"\n`);
    return this.#running.ended.promise;
  }

  #print(text: string): void {
    if (this.#running === undefined) return; // of a process that a command has left in the background
    const { command, ended } = this.#running;
    this.#running.printed += text;
    const [, output = '', status] = end.exec(this.#running.printed) ?? [];
    if (status === undefined) return;
    this.#running = undefined;
    if (status === '0') ended.resolve(output);
    else ended.reject(new Error(`exit status ${status} of: ${command}\n${output}`));
  }

  /** Ends the shell, and what it has started. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#bash.exitCode !== null || this.#bash.pid === undefined) return;
    const exited = once(this.#bash, 'exit');
    process.kill(-this.#bash.pid, 'SIGTERM');
    await exited;
  }
}
