import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

// The shell's standard input ends when this process closes it or dies.
const inGroupThatEndsWithUs = `
exec 3<&0
{ cat <&3 >/dev/null; kill -s KILL -- -$$; } &
exec 3<&- </dev/null
exec "$@"`;

/** A command with all that it starts, which ends whole when it is killed or when this process dies, however it dies. */
export class ProcessGroup {
  /** Resolves when the command has ended, even if what it started runs on. */
  readonly exited: Promise<unknown>;
  readonly #leader: ChildProcess;
  readonly #logPath: string;

  /** @param environment is added to that of this process */
  constructor(command: readonly string[], environment: Record<string, string>, logPath: string) {
    const log = openSync(logPath, 'a');
    this.#leader = spawn('sh', ['-c', inGroupThatEndsWithUs, 'group', ...command], {
      env: { ...process.env, ...environment },
      stdio: ['pipe', log, log],
      detached: true,
    });
    closeSync(log);
    this.exited = once(this.#leader, 'exit');
    this.#logPath = logPath;
  }

  get lastLines(): string {
    return readFileSync(this.#logPath, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  }

  /** Safe to call twice. */
  async kill(): Promise<void> {
    this.#leader.stdin?.end();
    await this.exited;
  }
}
