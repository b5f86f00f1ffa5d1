import { readPage, sectionOf } from '../support/documents.ts';

/** The blocks of shell commands in a section of a page of docs/, in order. */
export function documentedCommands(page: `${string}.md`, heading: string): string[] {
  const section = sectionOf(readPage(`docs/${page}`), heading);
  if (section === undefined) throw new Error(`docs/${page} has no section "${heading}"`);
  const blocks = [...section.matchAll(/^( *)```sh\n(.*?)^ *```$/gms)];
  return blocks.map(([, indent = '', commands = '']) => commands.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trim());
}

/** The commands with what stands in the page for a name of the user's. */
export function withNames(commands: string | undefined, names: Record<string, string>): string {
  if (commands === undefined) throw new Error('the page has no such block of commands');
  return Object.entries(names).reduce((text, [word, name]) => {
    if (!text.includes(word)) throw new Error(`${word} is not in: ${text}`);
    return text.replaceAll(word, name);
  }, commands);
}
