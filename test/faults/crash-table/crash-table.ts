import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lane } from '../runs/lane.ts';
import { differences } from '../world/tree.ts';
import { flows } from './flows.ts';
import { observeFlow } from './observe.ts';
import { pageOf } from './page.ts';

const path = join(import.meta.dirname, '../../../docs/crash-table.md');

/**
 * Writes docs/crash-table.md.
 * @throws {Error} if a promise is broken on the way
 */
export async function writeCrashTable(lane: Lane): Promise<void> {
  await writeFile(path, await makePage(lane));
}

/**
 * Makes the page again and compares.
 * @throws {Error} if docs/crash-table.md is another one, or if a promise is broken on the way
 */
export async function checkCrashTable(lane: Lane): Promise<void> {
  proveSame(await readFile(path, 'utf8'), await makePage(lane));
}

/** @throws {Error} with the lines that differ and what to do about it */
export function proveSame(written: string, made: string): void {
  if (written === made) return;
  const changes = differences(written.split('\n'), made.split('\n')).join('\n');
  throw new Error(`docs/crash-table.md is not what the daemon does: "npm run crash-table" writes it anew\n${changes}`);
}

async function makePage(lane: Lane): Promise<string> {
  const observed = [];
  for (const flow of flows) observed.push({ flow, observations: await observeFlow(lane, flow) });
  return pageOf(observed);
}
