import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const documents = join(import.meta.dirname, '../../docs');

/** The blocks of shell commands in a section of a document in docs/, in order. */
export function documentedCommands(document: string, heading: string): string[] {
  const [, section] = readFileSync(join(documents, document), 'utf8').split(new RegExp(`^#+ ${heading}\n`, 'm'));
  if (section === undefined) throw new Error(`docs/${document} has no section "${heading}"`);
  const [body = ''] = section.split(/^#+ /m);
  const blocks = [...body.matchAll(/^( *)```sh\n(.*?)^ *```$/gms)];
  return blocks.map(([, indent = '', commands = '']) => commands.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trim());
}

/** The commands with what stands in the document for a name of the user's. */
export function withNames(commands: string | undefined, names: Record<string, string>): string {
  if (commands === undefined) throw new Error('the document has no such block of commands');
  return Object.entries(names).reduce((text, [word, name]) => {
    if (!text.includes(word)) throw new Error(`${word} is not in: ${text}`);
    return text.replaceAll(word, name);
  }, commands);
}
