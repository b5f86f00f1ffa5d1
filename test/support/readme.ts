import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A command, and what README.md shows that it prints; undefined where it stands without a prompt. */
export interface Typed {
  command: string;
  output: string | undefined;
}

const markdown = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
/** With its indentation; one of another language has no commands. */
const fence = /^( *)```(?!yaml|json)\w*\n(.*?)^ *```$/gms;

/** The fenced blocks of commands of a document, and each command within its text as a block of its own. */
export function commandBlocks(document: string): Typed[][] {
  const fenced = [...document.matchAll(fence)].map(([, indent = '', body = '']) =>
    typedIn(body.replaceAll(new RegExp(`^${indent}`, 'gm'), '')),
  );
  const prose = document.replaceAll(/^ *```\w*\n.*?^ *```$/gms, '');
  const spans = [...prose.matchAll(/`([^`]+)`/g)].map(([, span = '']) =>
    span.replaceAll('\\|', '|').replaceAll(/\s+/g, ' '),
  );
  const isCommand = (span: string): boolean => /^[a-z.][\w./-]* \S/.test(span); // not so `volumeType: local`
  return [...fenced, ...spans.filter(isCommand).map((command) => [{ command, output: undefined }])];
}

/** After a prompt stands a command, and below it what it prints. A block without prompts is commands alone. */
function typedIn(body: string): Typed[] {
  const lines = body.trimEnd().split('\n');
  if (!lines.some((line) => line.startsWith('$ '))) {
    return lines.map((line) => ({ command: withoutComment(line), output: undefined }));
  }
  const typed: { command: string; output: string }[] = [];
  for (const line of lines) {
    const last = typed.at(-1);
    if (line.startsWith('$ ')) typed.push({ command: withoutComment(line.slice('$ '.length)), output: '' });
    else if (last !== undefined) last.output += `${line}\n`;
    else throw new Error(`README.md has output before any command: ${line}`);
  }
  return typed;
}

const withoutComment = (line: string): string => line.replace(/\s+# .*$/, '');

/** The commands of the block of README.md that begins with this one, for a test that types them all. */
export function readmeBlock(first: string): Typed[] {
  const block = commandBlocks(markdown).find(([typed]) => typed?.command === first);
  if (block === undefined) throw new Error(`no block of README.md begins with: ${first}`);
  return block;
}

/** A command that README.md has, alone or joined to others by `&&`, for a test that types it. */
export function readmeCommand(command: string): string {
  const typed = commandBlocks(markdown).flat();
  if (!typed.some(({ command: whole }) => whole === command || partsOf(whole).includes(command))) {
    throw new Error(`README.md does not have: ${command}`);
  }
  return command;
}

export const partsOf = (command: string): string[] => command.split(' && ');
