import { parseArgs } from 'node:util';
import { nearestWord } from '../model/nearest-word.ts';
import type { Option, Options } from './options.ts';

export interface GivenOptions<Name extends string> {
  values: Record<Name, string[]>;
  /** Arguments that belong to no option. */
  positionals: string[];
  help: boolean;
  problems: string[];
}

/** Reads the flags of a command and, for an absent flag, its environment variable or default. Reports all problems together. */
export function readOptions<Name extends string>(
  table: Record<Name, Option>,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): GivenOptions<Name> {
  const { flags, positionals, help, problems } = readFlags(table, args);
  const values = {} as Record<Name, string[]>;
  for (const [name, option] of Object.entries(table) as [Name, Option][]) {
    const [from, given] = valuesOf(option, flags[name], env, name);
    values[name] = given;
    for (const value of given) {
      const problem = option.problem(value);
      if (problem !== undefined) problems.push(`${from} is ${JSON.stringify(value)}: ${problem}`);
    }
  }
  return { values, positionals, help, problems };
}

/** The problems of a command that needs the node's name and an API server. */
export function missing(values: Record<'node-name' | 'kubeconfig', string[]>, env: NodeJS.ProcessEnv): string[] {
  const problems: string[] = [];
  if (values['node-name'].length === 0) problems.push('--node-name is missing: set it or NODE_NAME');
  if (values.kubeconfig.length === 0 && !env.KUBERNETES_SERVICE_HOST) {
    problems.push('no API server is configured: set --kubeconfig or KUBECONFIG, or run in a pod');
  }
  return problems;
}

function readFlags(table: Options, args: readonly string[]) {
  const { tokens } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(Object.keys(table).map((name) => [name, { type: 'string' as const }])),
      help: { type: 'boolean' },
    },
    strict: false,
    tokens: true,
  });
  const flags: Partial<Record<string, string[]>> = {};
  const positionals: string[] = [];
  const problems: string[] = [];
  let help = false;
  // The argument after an unknown option was meant as its value: one mistake is one problem.
  let valueOfUnknown = -1;
  for (const token of tokens) {
    if (token.kind === 'positional' && token.index !== valueOfUnknown) positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (token.name === 'help' || token.name === 'h') help = true;
    else if (!Object.hasOwn(table, token.name)) {
      problems.push(`${token.rawName} is not an option: ${adviceFor(token.name, Object.keys(table))}`);
      if (token.value === undefined) valueOfUnknown = token.index + 1;
    } else if (token.value === undefined || token.value === '') problems.push(`${token.rawName} needs a value`);
    else flags[token.name] = [...(flags[token.name] ?? []), token.value];
  }
  return { flags, positionals, help, problems };
}

function adviceFor(name: string, names: string[]): string {
  const nearest = nearestWord(name, names);
  return nearest === undefined ? 'see --help' : `did you mean --${nearest}?`;
}

/** The values of an option, after the name of their origin for messages. */
function valuesOf(
  option: Option,
  flag: string[] | undefined,
  env: NodeJS.ProcessEnv,
  name: string,
): [string, string[]] {
  const split = (text: string): string[] => {
    const parts = option.repeatable ? text.split(',').map((part) => part.trim()) : [text];
    return parts.filter((part) => part !== '');
  };
  if (flag !== undefined) return [`--${name}`, flag];
  const variable = split((option.env && env[option.env]) ?? '');
  if (variable.length > 0) return [option.env ?? '', variable];
  return ['default', split(option.default ?? '')];
}
