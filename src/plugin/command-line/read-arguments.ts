import { parseArgs } from 'node:util';
import { nearestWord } from '../../model/nearest-word.ts';
import { type CommandName, commandNames, flagsOf, formOf } from './commands.ts';
import { type Flag, type FlagName, flags } from './flags.ts';

/** The flags that were given. A switch has the value `true`. */
export type Given = Partial<Record<FlagName, string>>;

export interface Invocation {
  command: CommandName;
  argument: string | undefined;
  given: Given;
}

export type ReadArguments = Invocation | { help: CommandName | 'all' } | { problems: string[] };

/** Reads the arguments. Flags may stand before and after the command. Reports all problems together. */
export function readArguments(args: readonly string[]): ReadArguments {
  const { given, positionals, problems } = readFlags(args);
  const [name, argument, ...others] = positionals;
  const command = commandNames.find((known) => known === name);
  if (given.help !== undefined || name === 'help') {
    return { help: command ?? commandNames.find((known) => known === argument) ?? 'all' };
  }
  if (name === undefined) return problems.length > 0 ? { problems } : { help: 'all' };
  if (command === undefined) return { problems: [`${JSON.stringify(name)} is not a command: ${nearestCommand(name)}`] };

  const form = formOf(command);
  const allowed = flagsOf(command);
  for (const flag of Object.keys(given) as FlagName[]) {
    if (!allowed.includes(flag)) problems.push(`--${flag} is not a flag of ${command}: see ${command} --help`);
  }
  const surplus = form.argument === undefined ? positionals.slice(1) : others;
  problems.push(...surplus.map((text) => `${JSON.stringify(text)} is one argument too many: see ${command} --help`));
  if (form.argument !== undefined && argument === undefined) {
    problems.push(`${command} needs an argument, ${form.argument}: see ${command} --help`);
  }
  if (form.needs !== undefined && given[form.needs] === undefined) {
    problems.push(`--${form.needs} is missing: see ${command} --help`);
  }
  if (given.namespace !== undefined && given['all-namespaces'] !== undefined) {
    problems.push('--namespace and --all-namespaces exclude each other: use one of them');
  }
  return problems.length > 0 ? { problems } : { command, argument, given };
}

/** The flags and the other words. A wrong flag is a problem. */
export function readFlags(args: readonly string[]) {
  const table = Object.entries<Flag>(flags);
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      table.map(([name, { short, value }]) => [
        name,
        { type: value === undefined ? 'boolean' : 'string', ...(short && { short }) } as const,
      ]),
    ),
    strict: false,
    tokens: true,
  });
  const given: Given = {};
  const positionals: string[] = [];
  const problems: string[] = [];
  // The word after an unknown flag was meant as its value: one mistake is one problem.
  let valueOfUnknown = -1;
  for (const token of tokens) {
    if (token.kind === 'positional' && token.index !== valueOfUnknown) positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = table.find(([name]) => name === token.name);
    if (flag === undefined) {
      problems.push(`${token.rawName} is not a flag: ${nearestFlag(token.name)}`);
      if (token.value === undefined) valueOfUnknown = token.index + 1;
    } else {
      const read = readValue(flag[1], token);
      if ('problem' in read) problems.push(`${token.rawName} ${read.problem}`);
      else if (read.value !== undefined) given[flag[0] as FlagName] = read.value;
    }
  }
  return { given, positionals, problems };
}

/** The value of a flag; undefined for a switch that is switched off. */
function readValue(
  { value: placeholder, choices }: Flag,
  token: { rawName: string; value?: string | undefined },
): { value: string | undefined } | { problem: string } {
  if (placeholder === undefined) {
    const { value = 'true' } = token;
    if (value !== 'true' && value !== 'false') return { problem: `is ${JSON.stringify(value)}: use true or false` };
    return { value: value === 'true' ? value : undefined };
  }
  // "-o=json" is "-o json", as for kubectl.
  const value = token.rawName.startsWith('--') ? token.value : token.value?.replace(/^=/, '');
  if (value === undefined || value === '') return { problem: 'needs a value' };
  if (choices === undefined || choices.includes(value)) return { value };
  return { problem: `is ${JSON.stringify(value)}: ${adviceAmong(value, choices, '')}` };
}

const nearestCommand = (name: string): string => adviceAmong(name, commandNames, '');
const nearestFlag = (name: string): string => adviceAmong(name, Object.keys(flags), '--');

function adviceAmong(written: string, words: readonly string[], prefix: string): string {
  const nearest = nearestWord(written, words);
  if (nearest !== undefined) return `did you mean ${prefix}${nearest}?`;
  return prefix === '' ? `use one of ${words.join(', ')}` : 'see --help';
}
