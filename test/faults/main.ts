/** `npm run test:faults`: kills the daemon and fails its calls wherever that can happen, and checks what it promises. */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { buildPrograms, type Programs } from './build.ts';
import { checkCrashTable, writeCrashTable } from './crash-table/crash-table.ts';
import { type Options, readOptions, usage } from './options.ts';
import { PlantedBugs } from './planted/prove.ts';
import { Campaign, scenarioNamesOf } from './runs/campaign.ts';
import { type Lane, openLane } from './runs/lane.ts';
import { Lanes } from './runs/lanes.ts';
import { randomSchedule } from './runs/random-schedule.ts';
import { type References, run, type Schedule } from './runs/run.ts';
import { shares } from './runs/shares.ts';
import { commandFor, Tally, violationLines } from './runs/tally.ts';
import { obstaclesTo, scenarios } from './scenarios/scenarios.ts';

const resultsFolder = join(import.meta.dirname, '../../.build/faults');

/** Runs wait more than they work. */
const lanesBeyondCores = 4;

/** Returns whether everything is as it should be. */
async function main(): Promise<boolean> {
  const options = optionsOrExit();
  const programs = await buildPrograms(options.bundle && resolve(options.bundle));
  if (options.crashTable) {
    await withLane(programs, options.controlPlane, writeCrashTable);
    return true;
  }
  const single = singleSchedule(options);
  return single === undefined ? runShare(options, programs) : runOne(options, programs, single);
}

function optionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exit(2);
  }
}

function singleSchedule({ seed, faults, scenarios }: Options): Schedule | undefined {
  if (seed !== undefined) return randomSchedule(seed);
  return faults.length > 0 ? { scenarios: scenarios.length > 0 ? scenarios : ['one-claim'], faults } : undefined;
}

async function runShare(options: Options, programs: Programs): Promise<boolean> {
  const share = { ...shares[options.share], ...(options.random !== undefined && { random: options.random }) };
  const lanes = new Lanes(programs, options.controlPlane, options.lanes ?? availableParallelism() + lanesBeyondCores);
  const tally = new Tally(resultsFolder);
  tellObstacles();
  const scenarioNames = scenarioNamesOf(share, options.scenarios);
  try {
    if (share.planted) await new PlantedBugs(lanes, resultsFolder, options.scenarios).run(tally);
    const checkTable = () => withLane(programs, options.controlPlane, checkCrashTable);
    await Promise.all([
      share.crashTable && options.scenarios.length === 0 && tally.check('crash table', checkTable),
      new Campaign({ lanes, tally, share, scenarioNames, firstSeed: options.firstSeed }).run(),
    ]);
  } finally {
    await lanes.close();
  }
  console.log(`\n${tally.finish()}\nall runs: ${join(resultsFolder, 'runs.jsonl')}`);
  if (process.env.TEST_REPORT) tally.writeTestReport(process.env.TEST_REPORT);
  return tally.failed === 0;
}

/** What cannot be played here is left out. In CI nothing may be. */
function tellObstacles(): void {
  const found = scenarios.flatMap((scenario) =>
    obstaclesTo(scenario).map((why) => `scenario ${scenario.name}: ${why}`),
  );
  if (found.length === 0) return;
  const message = `left out:\n${found.join('\n')}`;
  if (process.env.CI) throw new Error(message);
  console.warn(message);
}

/** Before it, its scenarios run without faults: what they come to is what the schedule has to come to. */
async function runOne({ controlPlane }: Options, programs: Programs, schedule: Schedule): Promise<boolean> {
  return withLane(programs, controlPlane, async (lane) => {
    const references: References = {};
    for (const name of schedule.scenarios) {
      const { endState } = await run(lane, { scenarios: [name], faults: [] }, {});
      const state = endState?.users[name];
      if (state !== undefined) references[name] = state;
    }
    const { violations, hit, trace, durationMs } = await run(lane, { ...schedule, traced: true }, references);
    console.log(trace.join('\n'));
    console.log(`\n${commandFor(schedule)}\n${durationMs} ms; faults that came about: ${hit.join(', ') || 'none'}`);
    console.log(violations.length === 0 ? 'no violation' : violationLines(violations));
    return violations.length === 0;
  });
}

async function withLane<T>(
  programs: Programs,
  controlPlane: Options['controlPlane'],
  use: (lane: Lane) => Promise<T>,
): Promise<T> {
  const lane = await openLane(programs, controlPlane);
  try {
    return await use(lane);
  } finally {
    await lane.close();
  }
}

// Not by itself: after many connections that were reset, Node 24 may wait for ever for requests that are gone.
process.exit((await main()) ? 0 : 1);
