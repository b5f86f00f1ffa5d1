import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

/** `kubectl hostpath-provisioner ui`, as a user runs it. */
export class PageCommand implements AsyncDisposable {
  /** The address that it has printed. */
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown[]>;

  private constructor(child: ChildProcess, url: string, ended: Promise<unknown[]>) {
    this.url = url;
    this.#process = child;
    this.#ended = ended;
  }

  /** Waits until it has printed the address. @throws {Error} with what it says instead, if it ends without one */
  static async start(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<PageCommand> {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    const ended = once(child, 'exit');
    const complaints = text(child.stderr);
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('http://')) return new PageCommand(child, line, ended);
    }
    throw new Error(`the command printed no address: ${await complaints}`);
  }

  /** Ends it as Ctrl-C does. @returns its exit status */
  async interrupt(): Promise<unknown> {
    this.#process.kill('SIGINT');
    const [code] = await this.#ended;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }
}
