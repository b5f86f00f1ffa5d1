/**
 * `node test/disks/machine/power-cut-steps.ts make|grow MOUNTPOINT`: what is done to two limited volumes before the power goes. A
 * plain program, for a machine that has nothing but Node.
 */
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { openVolumeStorage } from '../../../src/disk/file-system-storage.ts';
import { setProjectLimit } from '../../../src/disk/native/quotactl.ts';
import type { VolumeStorage } from '../../../src/disk/port.ts';
import { limitedRecord } from './limited-record.ts';

const mib = 2 ** 20;
const records = [1, 2].map(limitedRecord);
const [volume, other] = records.map((record) => record.volume) as [string, string];

async function makeBoth(storage: VolumeStorage): Promise<void> {
  for (const record of records) {
    await storage.makeDirectory(record, { mode: 0o777, owner: undefined, limit: { bytes: 20 * mib } });
  }
}

/** The first as the daemon does it; of the other only the limit, with an fsync of the directory in place of the record. */
async function growBoth(storage: VolumeStorage, basePath: string): Promise<void> {
  await storage.growDirectory(volume, { capacity: '40Mi', limit: { bytes: 40 * mib } });
  const id = (await storage.readRecord(other))?.quota?.id;
  if (id === undefined) throw new Error(`${other} has no quota`);
  const directory = openSync(join(basePath, other), 'r');
  try {
    await setProjectLimit(directory, id, { bytes: 40 * mib, inodes: 0 });
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

const [step, mountPoint] = process.argv.slice(2);
if (mountPoint === undefined) throw new Error('give make or grow, and a mount point');
const basePath = join(mountPoint, 'power-cut');
mkdirSync(basePath, { recursive: true });
const storage = openVolumeStorage({ basePath, nodeName: 'node-1', knownBases: () => [] });
await (step === 'make' ? makeBoth(storage) : growBoth(storage, basePath));
await storage.close();
