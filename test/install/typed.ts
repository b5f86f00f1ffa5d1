import { expect } from 'vitest';
import type { Typed } from '../support/documents.ts';
import { withNames } from './documented.ts';
import type { Shell } from './shell.ts';

/**
 * Types the commands of a block, with what stands there for names of the user's, and compares what they print with what the
 * block shows, where it has prompts.
 */
export async function type(
  shell: Pick<Shell, 'run'>,
  block: readonly Typed[],
  names: Record<string, string> = {},
): Promise<void> {
  const used = Object.entries(names).filter(([word]) => block.some(({ command }) => command.includes(word)));
  expect(Object.fromEntries(used), 'names that the block has').toEqual(names);
  for (const { command, output } of block) {
    const ofCommand = Object.fromEntries(used.filter(([word]) => command.includes(word)));
    const printed = await shell.run(`{ ${withNames(command, ofCommand)}\n} 2>&1`);
    if (output !== undefined) expect(lasting(printed), command).toEqual(lasting(output));
  }
}

/** The lines without what differs each time, and without those that are there when something takes its time. */
function lasting(text: string): string[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('Waiting for '));
  return lines.map((line) =>
    line
      .replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UID')
      .replaceAll(/\b(hostpath-provisioner|kafka)-[a-z0-9]{5}([a-z0-9]{5})?\b/g, '$1-SUFFIX')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/\b(\d+[smhd]){1,2}( \(x\d+ over \d+[smhd]\))?(?= |$)/g, 'AGE')
      .replace(/ from \S+ namespace$/, '') // as kubectl says from 1.34 on
      .replaceAll(/ {2,}/g, ' ')
      .trimEnd(),
  );
}
