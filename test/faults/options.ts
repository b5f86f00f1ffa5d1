import { parseArgs } from 'node:util';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { parseFault } from './fault.ts';
import { type ShareName, shares } from './runs/shares.ts';
import { scenarioNamed } from './scenarios/scenarios.ts';

export const usage = `Usage: node test/faults/main.ts [--share few|planted|random|ci|night] [--random N]
       node test/faults/main.ts --share planted --scenario NAME...    the bugs that these scenarios show
       node test/faults/main.ts --scenario NAME... --point FAULT...   one run, with its whole trace
       node test/faults/main.ts --seed N                              one random schedule, the same way
       node test/faults/main.ts --crash-table                         writes docs/crash-table.md

  --control-plane embedded|real   default: embedded
  --bundle FILE                   a daemon to run instead of the one built from the sources
  --lanes N                       how many runs beside each other; default: four more than there are cores
  --random N                      how many random schedules, instead of the share's
  --first-seed N                  the seed of the first of them, to go on where another run ended; default: 1

FAULT is written [LIFE/]KIND:LABEL#NTH:HARM, such as fs:rename#2:before (test/faults/fault.ts)`;

export interface Options {
  crashTable: boolean;
  share: ShareName;
  scenarios: string[];
  faults: string[];
  seed: number | undefined;
  random: number | undefined;
  firstSeed: number;
  controlPlane: ControlPlane['kind'];
  bundle: string | undefined;
  lanes: number | undefined;
}

/** @throws {Error} in words for the user */
export function readOptions(args: string[]): Options {
  const text = { type: 'string' } as const;
  const several = { type: 'string', multiple: true } as const;
  const { values } = parseArgs({
    args,
    options: {
      'crash-table': { type: 'boolean', default: false },
      share: text,
      scenario: several,
      point: several,
      seed: text,
      random: text,
      'first-seed': text,
      'control-plane': text,
      bundle: text,
      lanes: text,
    },
  });
  const { share = 'ci', scenario = [], point = [], 'control-plane': controlPlane = 'embedded' } = values;
  if (!(share in shares)) throw new Error(`--share is "${share}": use one of ${Object.keys(shares).join(', ')}`);
  if (controlPlane !== 'embedded' && controlPlane !== 'real') {
    throw new Error(`--control-plane is "${controlPlane}": use "embedded" or "real"`);
  }
  scenario.forEach(scenarioNamed);
  point.forEach(parseFault);
  return {
    crashTable: values['crash-table'],
    share: share as ShareName,
    scenarios: scenario,
    faults: point,
    seed: wholeNumber('seed', values.seed),
    random: wholeNumber('random', values.random),
    firstSeed: wholeNumber('first-seed', values['first-seed']) ?? 1,
    controlPlane,
    bundle: values.bundle,
    lanes: wholeNumber('lanes', values.lanes),
  };
}

function wholeNumber(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new Error(`--${name} is "${value}": use a whole number`);
}
