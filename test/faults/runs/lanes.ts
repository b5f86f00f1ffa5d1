import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ControlPlane } from '../../control-plane/control-plane.ts';
import { memory } from '../../support/memory.ts';
import type { Programs } from '../build.ts';
import type { LaneAnswer, LaneMessage } from './lane-process.ts';
import type { References, Schedule, Verdict } from './run.ts';

/**
 * Processes that run schedules beside each other: before a real control plane on the disk, before an embedded one in memory,
 * for on a disk they wait for each other's fsyncs.
 */
export class Lanes {
  readonly #idle: ChildProcess[] = [];
  readonly #all = new Set<ChildProcess>();
  readonly #waiting: ((lane: ChildProcess) => void)[] = [];
  readonly #open: LaneMessage;
  readonly #env: NodeJS.ProcessEnv;

  constructor(programs: Programs, controlPlane: ControlPlane['kind'], count: number) {
    this.#open = { open: { programs, controlPlane } };
    this.#env = { ...process.env, ...(controlPlane === 'embedded' && { TMPDIR: memory }) };
    for (let index = 0; index < count; index += 1) this.#free(this.#start());
  }

  /**
   * Runs the schedule as soon as a lane is free. What breaks in the harness itself is a violation of its own kind.
   * @param bundle another daemon than that of the lanes
   */
  async run(schedule: Schedule, references: References, bundle?: string): Promise<Verdict> {
    let lane = await this.#take();
    try {
      const answer = await ask(lane, { run: schedule, references, ...(bundle !== undefined && { bundle }) });
      return 'verdict' in answer ? answer.verdict : broken(schedule, answer.error);
    } catch (error) {
      this.#all.delete(lane);
      lane = this.#start();
      return broken(schedule, String(error));
    } finally {
      this.#free(lane);
    }
  }

  async close(): Promise<void> {
    const exits = [...this.#all].map((lane) => once(lane, 'exit'));
    for (const lane of this.#all) lane.disconnect();
    await Promise.all(exits);
  }

  #start(): ChildProcess {
    const lane = fork(join(import.meta.dirname, 'lane-process.ts'), { env: this.#env });
    this.#all.add(lane);
    lane.send(this.#open);
    return lane;
  }

  #take(): Promise<ChildProcess> {
    const lane = this.#idle.pop();
    return lane === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(lane);
  }

  #free(lane: ChildProcess): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(lane);
    else next(lane);
  }
}

async function ask(lane: ChildProcess, message: LaneMessage): Promise<LaneAnswer> {
  const gone = new AbortController();
  const exit = once(lane, 'exit', { signal: gone.signal }).then(([code, signal]) => {
    throw new Error(`the lane's process ended: exit status ${code}, signal ${signal}`);
  });
  exit.catch(() => undefined); // aborted when the answer has come
  const answer = once(lane, 'message', { signal: gone.signal });
  answer.catch(() => undefined);
  lane.send(message);
  try {
    const [answered] = await Promise.race([answer, exit]);
    return answered;
  } finally {
    gone.abort();
  }
}

const broken = (schedule: Schedule, error: string): Verdict => ({
  schedule,
  violations: [{ oracle: 'harness', object: schedule.scenarios.join(' + '), evidence: error }],
  hit: [],
  points: [],
  endState: undefined,
  durationMs: 0,
  trace: [],
});
