import { join } from 'node:path';
import { type FoundOnDisk, mayHold } from '../../disk/port.ts';
import type { Volume } from '../../model/volume.ts';
import { type Decision, refuse } from '../decision.ts';
import { anotherBaseDirectory, manualDeletion } from './lost.ts';

/** Why the volume does not lie where the daemon would have made it: a forged object must not choose what is removed. */
export function placeObjection(volume: Volume, disk: FoundOnDisk): Decision | undefined {
  const { baseDirectory } = disk;
  const expectedPath = join(baseDirectory.path, volume.name);
  if (volume.path !== expectedPath) {
    const message = `volume ${volume.name} has the path ${JSON.stringify(volume.path ?? '')}, and this provisioner keeps it at ${JSON.stringify(expectedPath)}. Nothing was removed. Remove its directory manually, then delete the volume: ${manualDeletion(volume.name)}`;
    return refuse('PathNotOurs', message);
  }
  if (mayHold(baseDirectory, volume.baseDirectoryId)) return undefined;
  return { action: 'fail', reason: 'AnotherBaseDirectory', message: anotherBaseDirectory(volume, disk) };
}
