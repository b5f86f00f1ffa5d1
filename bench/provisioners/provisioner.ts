import type { VolumeWatcher } from '../cluster/volume-watcher.ts';

/** A contender may be slow. */
const defaultWithinMs = 15 * 60_000;

/** The process of a provisioner, with all that it starts. */
export interface Program {
  readonly exited: Promise<unknown>;
  /** The end of its log. */
  readonly lastLines: string;
  kill(): Promise<unknown>;
}

/** A provisioner at work on a cluster, ours or another. */
export class Provisioner {
  /** On the clock of `performance.now`. */
  readonly startedAt: number;
  readonly #program: Program;
  readonly #watcher: VolumeWatcher;
  readonly #died: Promise<never>;

  constructor(startedAt: number, program: Program, watcher: VolumeWatcher) {
    this.startedAt = startedAt;
    this.#program = program;
    this.#watcher = watcher;
    this.#died = program.exited.then(() => {
      throw new Error('the provisioner has ended');
    });
    this.#died.catch(() => {}); // #whileItLives reports it
  }

  /**
   * When the watcher first saw each of the volumes.
   * @throws {Error} with the end of the provisioner's log when it does not make them in time
   */
  untilSeen(volumes: readonly string[], withinMs = defaultWithinMs): Promise<number[]> {
    return this.#whileItLives(this.#watcher.untilSeen(volumes, withinMs));
  }

  /**
   * When the watcher first saw that the provisioner's part in deleting each of the volumes was done.
   * @throws {Error} with the end of the provisioner's log when it does not let them go in time
   */
  untilLetGo(volumes: readonly string[], withinMs = defaultWithinMs): Promise<number[]> {
    return this.#whileItLives(this.#watcher.untilLetGo(volumes, withinMs));
  }

  async kill(): Promise<void> {
    await this.#program.kill();
  }

  async #whileItLives<Result>(wait: Promise<Result>): Promise<Result> {
    try {
      return await Promise.race([wait, this.#died]);
    } catch (cause) {
      throw new Error(`not all is done; the end of the provisioner's log:\n${this.#program.lastLines}`, { cause });
    }
  }
}
