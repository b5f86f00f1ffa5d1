import { parseArgs } from 'node:util';
import { allScenarios, scenarios } from './scenarios/scenarios.ts';

export interface Options {
  /** Of the result's file. */
  name: string;
  scenarios: string[];
  repetitions: number;
  /** Whether a missed target is a failure. */
  gate: boolean;
  /** Command of another provisioner that is to be measured too. */
  peer: string | undefined;
}

const usage = `Usage: npm run bench -- [SCENARIO ...] [--repetitions N] [--no-gate] [--peer 'COMMAND']

  SCENARIO         ${Object.keys(scenarios).join(', ')}; without one: ${allScenarios.join(', ')}
  --repetitions N  how often each scenario is run, in turn with the others; default 3
  --no-gate        only report: exit with 0 although a target is missed
  --peer COMMAND   also measure another provisioner, in waiting, burst and single: sh runs the command, with
                   KUBECONFIG (of an administrator), NODE_NAME, BASE_DIRECTORY and PROVISIONER_NAME in its environment`;

/** The bench cannot be run like this; the message says why and what to do. */
export class CannotRun extends Error {}

/** @throws {CannotRun} */
export function readOptions(args: string[]): Options {
  try {
    const options = {
      repetitions: { type: 'string' },
      'no-gate': { type: 'boolean' },
      peer: { type: 'string' },
    } as const;
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
    const unknown = positionals.filter((name) => !Object.hasOwn(scenarios, name));
    if (unknown.length > 0) throw new Error(`no such scenario: ${unknown.join(', ')}`);
    const repetitions = Number(values.repetitions ?? 3);
    if (!Number.isInteger(repetitions) || repetitions < 1) throw new Error('--repetitions: use a whole number from 1');
    if (values.peer === '') throw new Error('--peer: name a command');
    return {
      name: positionals.length === 0 ? 'all' : positionals.join('-'),
      scenarios: positionals.length === 0 ? allScenarios : positionals,
      repetitions,
      gate: !values['no-gate'],
      peer: values.peer,
    };
  } catch (cause) {
    throw new CannotRun(`${cause instanceof Error ? cause.message : cause}\n\n${usage}`, { cause });
  }
}
