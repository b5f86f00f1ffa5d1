import { openVolumeStorage } from '../../src/disk/file-system-storage.ts';
import { StorageError } from '../../src/disk/port.ts';

/**
 * A program: a daemon's look at a base directory, by what volumes of its node tell. Prints what it found, or why it refused.
 */
const [basePath = '', known = '[]'] = process.argv.slice(2);
const storage = openVolumeStorage({ basePath, nodeName: 'node-1', knownBases: () => JSON.parse(known) });
try {
  console.log(JSON.stringify(await storage.inspect()));
} catch (error) {
  if (!(error instanceof StorageError)) throw error;
  console.log(JSON.stringify({ reason: error.reason, message: error.message }));
}
