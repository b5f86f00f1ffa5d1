import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const document = join(import.meta.dirname, '../../docs/install.md');

/** The blocks of shell commands in a section of docs/install.md, in order. */
export function documentedCommands(heading: string): string[] {
  const [, section] = readFileSync(document, 'utf8').split(new RegExp(`^#+ ${heading}\n`, 'm'));
  if (section === undefined) throw new Error(`docs/install.md has no section "${heading}"`);
  const [body = ''] = section.split(/^#+ /m);
  return [...body.matchAll(/^ *```sh\n(.*?)^ *```$/gms)].map(([, commands = '']) => commands.trim());
}

/** The commands with what stands in the document for a name of the user's. */
export function withNames(commands: string | undefined, names: Record<string, string>): string {
  if (commands === undefined) throw new Error('docs/install.md has no such block of commands');
  return Object.entries(names).reduce((text, [word, name]) => {
    if (!text.includes(word)) throw new Error(`${word} is not in: ${text}`);
    return text.replaceAll(word, name);
  }, commands);
}
