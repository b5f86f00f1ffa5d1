import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A process beside the bench's own, so that the two do not share an event loop. It does one task after another. */
export class TaskProcess<Task extends object, Result> {
  readonly #child: ChildProcess;
  readonly #died: Promise<never>;

  /** @param program a file of this directory that calls `answerTasks` */
  constructor(program: string) {
    this.#child = fork(join(import.meta.dirname, program));
    this.#died = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`${program} ended with ${code}`);
    });
    this.#died.catch(() => {}); // also when it is killed below
  }

  async run(task: Task): Promise<Result> {
    const answer = once(this.#child, 'message');
    this.#child.send(task);
    const [result] = await Promise.race([answer, this.#died]);
    return result;
  }

  end(): void {
    this.#child.kill();
  }
}

/** In such a process: carries out what comes. An error ends the process, and so fails the task. */
export function answerTasks<Task, Result>(carryOut: (task: Task) => Promise<Result>): void {
  process.on('message', async (task: Task) => process.send?.(await carryOut(task)));
}
