import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from '../world/world.ts';

/** What the records of the daemon say of size and limit. */
export interface FoundRecord {
  volume: string;
  template?: { capacity: string };
  quota?: { id: number; bytes: number };
}

/** All records of a base directory, also of what is in the trash. One that is just moved may be missed. */
export function readRecords(base: string): FoundRecord[] {
  const state = join(base, '.hostpath-provisioner');
  const records = [
    ...namesIn(join(state, 'volumes')).map((name) => recordOf(base, name.replace(/\.json$/, ''))),
    ...namesIn(join(state, 'trash')).map((name) => readRecord(join(state, 'trash', name, 'record.json'), name)),
  ];
  return records.flatMap((record) => record ?? []);
}

/** The record of a volume in its base directory. */
export const recordOf = (base: string, volume: string): FoundRecord | undefined =>
  readRecord(join(base, '.hostpath-provisioner/volumes', `${volume}.json`), volume);

/** Records that were made together share a file with a line for each. */
function readRecord(path: string, volume: string): FoundRecord | undefined {
  try {
    const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
    return lines.map((line): FoundRecord => JSON.parse(line)).find((record) => record.volume === volume);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
