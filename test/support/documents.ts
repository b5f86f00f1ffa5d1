import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A command, and what a page shows that it prints; undefined where it stands without a prompt. */
export interface Typed {
  command: string;
  output: string | undefined;
}

const repository = join(import.meta.dirname, '../..');

/** A page that tells what to type, as a path in the project. */
export type Page = 'README.md' | 'CONTRIBUTING.md' | `docs/${string}.md`;

export const readPage = (page: Page): string => readFileSync(join(repository, page), 'utf8');

export const pages: Page[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(repository, 'docs'))
    .filter((name): name is `${string}.md` => name.endsWith('.md'))
    .map((name): Page => `docs/${name}`)
    .sort(),
];

/** A block that is meant to be typed, with its indentation: others have no language, or another one. */
const fence = /^( *)```(?:sh|console)\n(.*?)^ *```$/gms;
const anyFence = /^ *```\w*\n.*?^ *```$/gms;

/** The fenced blocks of commands of a page, and each command within its text as a block of its own. */
export function commandBlocks(text: string): Typed[][] {
  const spans = [...text.replaceAll(anyFence, '').matchAll(/`([^`]+)`/g)].map(([, span = '']) =>
    span.replaceAll('\\|', '|').replaceAll(/\s+/g, ' '),
  );
  const isCommand = (span: string): boolean => /^[a-z.][\w./-]* \S/.test(span); // not so `volumeType: local`
  return [...fencedBlocks(text), ...spans.filter(isCommand).map((command) => [{ command, output: undefined }])];
}

/** The fenced blocks of commands of a page or of a part of one. */
export function fencedBlocks(text: string): Typed[][] {
  return [...text.matchAll(fence)].map(([, indent = '', body = '']) =>
    typedIn(body.replaceAll(new RegExp(`^${indent}`, 'gm'), '')),
  );
}

/** After a prompt stands a command, and below it what it prints. A block without prompts is commands alone. */
function typedIn(body: string): Typed[] {
  const lines = body.trimEnd().split('\n');
  if (!lines.some((line) => line.startsWith('$ '))) {
    return wholeCommands(lines).map((command) => ({ command: withoutComment(command), output: undefined }));
  }
  const typed: { command: string; output: string }[] = [];
  for (const line of lines) {
    const last = typed.at(-1);
    if (line.startsWith('$ ')) typed.push({ command: withoutComment(line.slice('$ '.length)), output: '' });
    else if (last !== undefined) last.output += `${line}\n`;
    else throw new Error(`a block has output before any command: ${line}`);
  }
  return typed;
}

/** A command goes on in lines that are indented, and in a here-document. */
function wholeCommands(lines: readonly string[]): string[] {
  const commands: string[] = [];
  let end: string | undefined;
  for (const line of lines) {
    if (end !== undefined || /^\s/.test(line)) commands.push(`${commands.pop()}\n${line}`);
    else commands.push(line);
    end = line === end ? undefined : (end ?? /<<'?(\w+)'?/.exec(line)?.[1]);
  }
  return commands;
}

const withoutComment = (command: string): string => command.replaceAll(/\s+# .*$/gm, '');

/** The commands of the block of a page that begins with this one, for a test that types them all. */
export function pageBlock(page: Page, first: string): Typed[] {
  const block = commandBlocks(readPage(page)).find(([typed]) => typed?.command === first);
  if (block === undefined) throw new Error(`no block of ${page} begins with: ${first}`);
  return block;
}

/** A command that a page has, alone or joined to others by `&&` or `;`, for a test that types it. */
export function pageCommand(page: Page, command: string): string {
  const typed = commandBlocks(readPage(page)).flat();
  if (!typed.some(({ command: whole }) => whole === command || partsOf(whole).includes(command))) {
    throw new Error(`${page} does not have: ${command}`);
  }
  return command;
}

export const partsOf = (command: string): string[] => command.split(/ && |; /);

/** The text below a heading up to the next one, whatever its level; undefined if the page has no such heading. */
export function sectionOf(text: string, heading: string): string | undefined {
  const lines = linesWithHeadings(text);
  const start = lines.findIndex((line) => line.heading === heading);
  if (start === -1) return undefined;
  const end = lines.findIndex((line, at) => at > start && line.heading !== undefined);
  return lines
    .slice(start + 1, end === -1 ? undefined : end)
    .map(({ line }) => line)
    .join('\n');
}

export const headingsOf = (text: string): string[] =>
  linesWithHeadings(text).flatMap(({ heading }) => (heading === undefined ? [] : [heading]));

/** Within a fence, `#` begins a comment and no heading. */
function linesWithHeadings(text: string): { line: string; heading?: string }[] {
  let inFence = false;
  return text.split('\n').map((line) => {
    if (/^ *```/.test(line)) inFence = !inFence;
    const [, heading] = (inFence ? undefined : /^#+ (.*)$/.exec(line)) ?? [];
    return { line, ...(heading !== undefined && { heading }) };
  });
}
