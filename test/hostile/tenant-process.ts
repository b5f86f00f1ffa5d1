import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export type Attack =
  /** Every directory in a tree becomes a link to the decoy and itself again, over and over. */
  | 'swap-directories'
  /** Files and directories are made in every directory of a tree. */
  | 'fill'
  /** A directory is made in the one made last, over and over; 20,000 of them lie there at most. */
  | 'nest'
  /** What lies at the path becomes a link to the decoy and itself again, over and over. */
  | 'swap-path';

export type ToTenant = { kind: 'begin'; attack: Attack; path: string; decoy: string } | { kind: 'stop' };
export type FromTenant = { kind: 'begun' } | { kind: 'stopped'; hitsAtUs: number[] };

/** A hostile tenant as a process of its own, so that it runs at the same time as what it attacks. */
export class TenantProcess {
  readonly #process: ChildProcess;

  constructor() {
    this.#process = fork(join(import.meta.dirname, 'tenant.ts'), { stdio: 'inherit' });
    onTestFinished(() => {
      this.#process.kill('SIGKILL');
    });
  }

  /**
   * Does something while the tenant attacks.
   * @returns what came of it, and how many turns of the attack succeeded while it was done
   */
  async during<Result>(
    attack: Attack,
    { path, decoy }: { path: string; decoy: string },
    deed: () => Result | Promise<Result>,
  ): Promise<{ result: Result; hits: number }> {
    await this.#ask({ kind: 'begin', attack, path, decoy }, 'begun');
    const startedUs = nowUs();
    let endedUs = startedUs;
    let stopped: FromTenant;
    let result: Result;
    try {
      result = await deed();
      endedUs = nowUs();
    } finally {
      stopped = await this.#ask({ kind: 'stop' }, 'stopped');
    }
    const hitsAtUs = stopped.kind === 'stopped' ? stopped.hitsAtUs : [];
    return { result, hits: hitsAtUs.filter((hitAtUs) => startedUs < hitAtUs && hitAtUs < endedUs).length };
  }

  async #ask(message: ToTenant, answer: FromTenant['kind']): Promise<FromTenant> {
    const answered = once(this.#process, 'message') as Promise<[FromTenant]>;
    this.#process.send(message);
    const [said] = await answered;
    if (said.kind !== answer) throw new Error(`the tenant said "${said.kind}" instead of "${answer}"`);
    return said;
  }
}

const nowUs = (): number => Number(process.hrtime.bigint() / 1_000n);
