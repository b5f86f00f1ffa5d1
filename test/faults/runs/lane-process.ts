/** A process of its own for a lane: runs what it is sent, one schedule after another, until it is disconnected. */
import type { ControlPlane } from '../../control-plane/control-plane.ts';
import type { Programs } from '../build.ts';
import { type Lane, openLane } from './lane.ts';
import { type References, run, type Schedule, type Verdict } from './run.ts';

export type LaneMessage =
  | { open: { programs: Programs; controlPlane: ControlPlane['kind'] } }
  | { run: Schedule; references: References };

export type LaneAnswer = { verdict: Verdict } | { error: string };

let lane: Promise<Lane> | undefined;

process.on('message', async (message: LaneMessage) => {
  if ('open' in message) {
    lane = openLane(message.open.programs, message.open.controlPlane);
    return;
  }
  try {
    if (lane === undefined) throw new Error('a lane is to be opened before it is used');
    answer({ verdict: await run(await lane, message.run, message.references) });
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
