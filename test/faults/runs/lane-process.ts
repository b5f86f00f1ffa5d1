/** A process of its own for a lane: runs what it is sent, one schedule after another, until it is disconnected. */
import type { ControlPlane } from '../../control-plane/control-plane.ts';
import type { Programs } from '../build.ts';
import { type Lane, openLane } from './lane.ts';
import { type References, run, type Schedule, type Verdict } from './run.ts';

export type LaneMessage =
  | { open: { programs: Programs; controlPlane: ControlPlane['kind'] } }
  /** `bundle` is another daemon than the lane's. */
  | { run: Schedule; references: References; bundle?: string };

export type LaneAnswer = { verdict: Verdict } | { error: string };

let lane: Promise<Lane> | undefined;

process.on('message', async (message: LaneMessage) => {
  if ('open' in message) {
    lane = openLane(message.open.programs, message.open.controlPlane);
    return;
  }
  try {
    if (lane === undefined) throw new Error('a lane is to be opened before it is used');
    const opened = await lane;
    const programs = { ...opened.programs, bundle: message.bundle ?? opened.programs.bundle };
    answer({ verdict: await run({ ...opened, programs }, message.run, message.references) });
  } catch (error) {
    answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});

process.on('disconnect', async () => {
  await (await lane)?.close();
  process.exit();
});

function answer(answered: LaneAnswer): void {
  process.send?.(answered);
}
