import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Json } from './api.ts';
import { until } from './until.ts';

const repository = join(import.meta.dirname, '../..');

export interface DaemonOptions {
  kubeconfigPath: string;
  nodeName: string;
  /** One base directory, or several with names. */
  baseDirectory: string | string[];
  provisionerNames: string[];
  /** What is run: the sources, unless told otherwise. */
  program?: string;
  /** A command that runs the daemon's, such as strace with its options. */
  prefix?: string[];
  env?: Record<string, string>;
  logLevel?: string;
}

/** The daemon as a process of its own, started as a user starts it. */
export class DaemonProcess {
  readonly process: ChildProcess;
  readonly #log: string[] = [];
  #httpPort: number | undefined;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Resolves once it has exited and all that it said is in `log`. */
  readonly silent: Promise<unknown>;

  constructor(options: DaemonOptions) {
    const args = [
      ['--kubeconfig', options.kubeconfigPath],
      ['--node-name', options.nodeName],
      ...[options.baseDirectory].flat().map((path) => ['--base-directory', path]),
      ...options.provisionerNames.map((name) => ['--provisioner-name', name]),
      ['--http-address', '127.0.0.1:0'],
      ['--log-level', options.logLevel ?? 'debug'],
    ].flat();
    const [command = '', ...rest] = [
      ...(options.prefix ?? []),
      process.execPath,
      options.program ?? join(repository, 'src/main.ts'),
      ...args,
    ];
    this.process = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } });
    this.exited = once(this.process, 'exit').then(([code, signal]) => ({ code, signal }));
    this.silent = once(this.process, 'close');
    for (const stream of [this.process.stdout, this.process.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#take(line));
    }
  }

  /** Lines of its log, parsed; a line that is not JSON is `{ msg: line }`. */
  get log(): Json[] {
    return this.#log.map((line) => {
      try {
        return JSON.parse(line);
      } catch {
        return { msg: line };
      }
    });
  }

  /** All that it said, on both its outputs. */
  get output(): string {
    return this.#log.join('\n');
  }

  /**
   * Lines of its log from level warn on. Tests have classes that bind at once, and share a cluster with the nodes of others, so
   * what is told of that is no fault.
   */
  get warnings(): Json[] {
    const ofSharing = 'class does not wait for the first consumer';
    return this.log.filter(({ level, msg }) => level >= 40 && msg !== ofSharing);
  }

  /** Lines of its log that tell of a request that the API server denied; rights.test.ts shows that there is one for each. */
  get denials(): string[] {
    return this.#log.filter((line) => line.includes('HTTP 403'));
  }

  /** Its last words, for messages. */
  get lastLines(): string {
    return this.#log.slice(-15).join('\n');
  }

  async get(path: '/healthz' | '/readyz' | '/metrics' | '/volumes'): Promise<{ status: number; text: string }> {
    const port = await until('the daemon listens', () => this.#httpPort);
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: answer.status, text: await answer.text() };
  }

  /** Whether a library is in its memory. */
  hasLoaded = (library: string): boolean => readFileSync(`/proc/${this.process.pid}/maps`, 'utf8').includes(library);

  untilReady = (withinMs = 40_000): Promise<true> =>
    until(
      'the daemon is ready',
      async () => {
        if (this.process.exitCode !== null)
          throw new Error(`it exited with ${this.process.exitCode}:\n${this.lastLines}`);
        const { status, text } = await this.get('/readyz');
        if (status !== 200) throw new Error(text);
        return true;
      },
      { withinMs },
    );

  untilLogs = (message: string): Promise<true> =>
    until(`the daemon logs "${message}"`, () => this.log.some(({ msg }) => msg === message) || undefined, {});

  /** Sends a signal and waits for the exit. */
  async kill(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill(signal);
    return this.exited;
  }

  #take(line: string): void {
    this.#log.push(line);
    const port = /"httpPort":(\d+)/.exec(line)?.[1];
    if (port !== undefined) this.#httpPort = Number(port);
  }
}
