import { untilInTime } from '../world/deadline.ts';
import type { World } from '../world/world.ts';

/**
 * One life of a daemon that is down, up to a planned kill; it is down again then.
 * @param what it is killed at
 * @throws {Error} if it lives on
 */
export async function liveOnce(world: World, what: string): Promise<void> {
  let ended = false;
  void world.lives.once().then(() => {
    ended = true;
  });
  await untilInTime(world, `the daemon is killed at ${what}`, () => ended);
}
