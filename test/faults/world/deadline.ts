import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from './world.ts';

/** What the promises give the daemon, from its last start on, in milliseconds. */
const promisedMs = 30_000;

/** On a machine that is so loaded that the daemon has not got round to everything, it may go on for so long, in milliseconds. */
const loadedMs = 150_000;

/** A daemon that has done nothing for so long is not about to do anything, in milliseconds. */
const idleMs = 5_000;

/** Between looks, in milliseconds. */
const everyMs = 100;

/** Tells whether the time for something is over, from the moment when it was made or the daemon's last start, if that was later. */
export class Deadline {
  readonly #world: World;
  readonly #beganMs = performance.now();
  #doings = 0;
  #lastDoingMs = performance.now();

  constructor(world: World) {
    this.#world = world;
  }

  /** Is to be asked now and then: it notices what the daemon does between two askings. */
  get isOver(): boolean {
    const now = performance.now();
    const doings = doingsOf(this.#world);
    if (doings > this.#doings) this.#lastDoingMs = now;
    this.#doings = doings;
    const tookMs = now - Math.max(this.#beganMs, this.#world.lives.lastStartMs);
    return tookMs > loadedMs || (tookMs > promisedMs && now - this.#lastDoingMs > idleMs);
  }
}

/**
 * Waits until `check` returns true; one that throws is tried again.
 * @throws {Error} with what it said last, when the time is over
 */
export async function untilInTime(world: World, what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = new Deadline(world);
  for (let last = 'nothing'; ; ) {
    try {
      if (await check()) return;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (deadline.isOver) throw new Error(`not within ${promisedMs / 1_000} s: ${what} (last: ${last})`);
    await sleep(everyMs);
  }
}

const doingsOf = ({ lane, lives }: World): number => lane.proxy.history.length + lives.report.changes;
