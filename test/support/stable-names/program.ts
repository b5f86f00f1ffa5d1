import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCommand } from '../../../src/commands/command-line.ts';
import { classParameterNames } from '../../../src/model/class-parameters.ts';
import { annotations, finalizer, nodeLabel } from '../../../src/model/names.ts';

const sources = join(import.meta.dirname, '../../../src');
const read = (path: string): string => readFileSync(join(sources, path), 'utf8');

/** Flags of each command, and the variables that the daemon reads. */
export function optionNames(): Record<'flags' | 'environment', string[]> {
  const commands = [
    { command: 'hostpath-provisioner', help: helpOf() },
    { command: 'hostpath-provisioner trash', help: helpOf('trash') },
    { command: 'hostpath-provisioner restore', help: helpOf('restore') },
  ];
  return {
    flags: commands
      .flatMap(({ command, help }) => found(help, /^ {2}(--\S+)/gm).map((flag) => `${command} ${flag}`))
      .sort(),
    environment: found(helpOf(), /\(env (\w+)/g).sort(),
  };
}

function helpOf(...command: string[]): string {
  const result = readCommand([...command, '--help'], {});
  if (!('help' in result)) throw new Error(`${command.join(' ')} --help is not help`);
  return result.help;
}

/** Of Events: their reason, whose message may begin with one of the reasons of the log. */
export function eventReasons(): string[] {
  const files = readdirSync(join(sources, 'report'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => read(`report/${name}`));
  const reason = /'(?:Normal|Warning)',(?: reason:)? '([A-Z]\w+)'/g;
  return [...new Set(files.flatMap((text) => found(text, reason)))].sort();
}

export const parameterNames = (): string[] => [...classParameterNames].sort();

/** Labels, annotations and the finalizer of volumes; what has another prefix is Kubernetes' own, and read only. */
export function objectNames(): string[] {
  const { provisionedBy, identity, baseDirectoryId, baseDirectoryMounted } = annotations;
  return [
    `finalizer ${finalizer}`,
    `label ${nodeLabel}`,
    ...[provisionedBy, identity, baseDirectoryId, baseDirectoryMounted].map((name) => `annotation ${name}`),
    'name pvc-<claim UID>',
  ].sort();
}

export const exitCodes = (): string[] =>
  [...read('main.ts').matchAll(/^const exit(\w+) = (\d+);/gm)].map(([, what, code]) => `${code} ${what}`).sort();

export const httpPaths = (): string[] => found(read('report/http.ts'), /^ {4}'(\/\w+)':/gm).sort();

const found = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name = '']) => name);
