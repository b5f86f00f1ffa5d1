import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Figures } from '../report/figures.ts';

export type FloorKind = 'provision' | 'delete';

/** What the floor comes to with so many volumes at once. */
export interface FloorRate {
  atOnce: number;
  ratePerSecond: number;
  /** CPU of the client for each volume. */
  cpuMs: number;
}

/** The figures of a floor. Their keys end with the number of volumes at once. */
export const floorFigures = (key: string, text: string): Figures =>
  Object.fromEntries(
    [1, 16, 64].map((atOnce) => [`${key}${atOnce}`, { text: `${text}, ${atOnce} at once`, unit: '/s' }]),
  );

/**
 * Measures a floor on the daemon's API server and disk, in a process of its own, so that it shares no event loop with the bench.
 * @param folder for the directories of the volumes
 * @returns the figures under the keys of `floorFigures`, the best rate, and the client's CPU with 64 at once
 */
export async function measureFloor(kind: FloorKind, key: string, kubeconfigPath: string, folder: string) {
  const directory = join(folder, `floor-${kind}`);
  await mkdir(directory);
  const program = join(import.meta.dirname, 'floor-process.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program, kind, kubeconfigPath, directory]);
  const rates: FloorRate[] = JSON.parse(stdout);
  return {
    figures: Object.fromEntries(rates.map(({ atOnce, ratePerSecond }) => [`${key}${atOnce}`, ratePerSecond])),
    best: Math.max(...rates.map(({ ratePerSecond }) => ratePerSecond)),
    cpuMs: rates.at(-1)?.cpuMs ?? Number.NaN,
  };
}
