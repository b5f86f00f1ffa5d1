import { type CommandName, commandNames, flagsOf, formOf } from './commands.ts';
import { type Flag, type FlagName, flags } from './flags.ts';
import { type Given, readFlags } from './read-arguments.ts';

/** A word that may stand at the end of a command line, with what it means. */
export interface Candidate {
  word: string;
  text?: string;
}

/** Kinds of names that the cluster knows. */
export type NameKind = 'namespaces' | 'nodes' | 'claims and volumes' | 'deleted volumes';

/** What may stand at the end: words that are known here, or names of the cluster. */
export type Completion = { candidates: Candidate[] } | { names: NameKind; given: Given };

const namesByFlag: Partial<Record<FlagName, NameKind>> = { namespace: 'namespaces', node: 'nodes' };
const namesByCommand: Partial<Record<CommandName, NameKind>> = {
  where: 'claims and volumes',
  restore: 'deleted volumes',
};

const nothing: Completion = { candidates: [] };

/**
 * What may come next.
 * @param words of the command line, without the one that is being written
 * @param begun what is written of the last word
 * @param columnsOf what `--sort-by` can name
 */
export function completionOf(
  words: readonly string[],
  begun: string,
  columnsOf: (command: CommandName) => readonly string[],
): Completion {
  const awaiting = flagAwaitingValue(words.at(-1) ?? '');
  const { given, positionals } = readFlags(awaiting === undefined ? words : words.slice(0, -1));
  const [name, ...written] = positionals;
  const command = commandNames.find((known) => known === name);
  const [, withEquals] = /^--([a-z-]+)=/.exec(begun) ?? [];
  const flag = awaiting ?? flagNames.find((known) => known === withEquals);
  if (flag !== undefined) return valuesOf(flag, given, command, columnsOf);
  if (begun.startsWith('-')) return { candidates: (command ? flagsOf(command) : flagNames).map(flagCandidate) };
  if (name === undefined) {
    return { candidates: commandNames.map((word) => ({ word, text: formOf(word).summary })) };
  }
  const kind = command && written.length === 0 ? namesByCommand[command] : undefined;
  return kind === undefined ? nothing : { names: kind, given };
}

const flagNames = Object.keys(flags) as FlagName[];

const flagCandidate = (name: FlagName): Candidate => ({ word: `--${name}`, text: flags[name].text });

/** The flag that this word is, if its value is still to come. */
function flagAwaitingValue(word: string): FlagName | undefined {
  return flagNames.find((name) => {
    const { short, value }: Flag = flags[name];
    return value !== undefined && (word === `--${name}` || (short !== undefined && word === `-${short}`));
  });
}

function valuesOf(
  name: FlagName,
  given: Given,
  command: CommandName | undefined,
  columnsOf: (command: CommandName) => readonly string[],
): Completion {
  const { choices }: Flag = flags[name];
  if (choices !== undefined) return { candidates: choices.map((word) => ({ word })) };
  if (name === 'sort-by' && command) return { candidates: columnsOf(command).map((word) => ({ word })) };
  const kind = namesByFlag[name];
  return kind === undefined ? nothing : { names: kind, given };
}
