import { buildPrograms } from '../build.ts';
import { openLane } from './lane.ts';
import { type References, run, type Schedule, type Verdict } from './run.ts';

/**
 * Runs one schedule against a daemon, on a control plane of its own. Whoever has many to run opens a lane for all of them.
 * @param bundle path of the daemon; undefined builds it from the sources
 * @param references what each scenario has to come to; a scenario without one is held to everything but L4
 */
export async function runPoint(
  bundle: string | undefined,
  scenario: string,
  faults: string[],
  references: References = {},
): Promise<Verdict> {
  const lane = await openLane(await buildPrograms(bundle));
  try {
    const schedule: Schedule = { scenarios: [scenario], faults };
    return await run(lane, schedule, references);
  } finally {
    await lane.close();
  }
}
