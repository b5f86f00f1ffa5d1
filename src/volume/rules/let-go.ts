import { join } from 'node:path';
import type { FoundOnDisk } from '../../disk/port.ts';
import { whyStays } from '../../model/volume.ts';
import { firstAnswer, type Rule } from '../decision.ts';
import { diskOf, isOfAnotherCluster } from '../view.ts';
import type { OursView } from './made.ts';
import { manualDeletion, placeObjection } from './place.ts';

/** A view with a volume that has to go, and a disk that could be asked. */
type LetGoView = OursView & { disk: FoundOnDisk };

/** A claim that lives although its volume was released is read again after this time, in milliseconds. */
const livingClaimRecheckMs = 10_000;

/** Kubernetes may call a volume released although its claim lives (kubernetes/kubernetes#141891). */
const claimLives: Rule<LetGoView> = ({ livingClaim }) =>
  livingClaim === undefined ? undefined : { action: 'wait', reason: 'ClaimLives', afterMs: livingClaimRecheckMs };

const liesElsewhere: Rule<LetGoView> = ({ volume, disk }) => placeObjection(volume, disk);

/** The daemon has a record of each volume that it made: a forged object must not choose what is removed. */
const withoutRecord: Rule<LetGoView> = ({ volume, disk }) => {
  if (disk.record !== undefined) return undefined;
  const { path } = disk.baseDirectory;
  const reason = 'NoRecord';
  if (disk.place !== 'nowhere') {
    const message = `the journal has no record that this provisioner made ${join(path, volume.name)}. Nothing was removed. Inspect that directory and remove it manually: ls -la ${join(path, volume.name)}`;
    return { action: 'fail', reason, message };
  }
  if (volume.baseDirectoryId !== undefined) return undefined;
  const message = `volume ${volume.name} does not say in which base directory it was made, and the journal of ${path} has no record of it, so nothing proves that its directory is gone. Remove the directory manually, then delete the volume: ${manualDeletion(volume.name)}`;
  return { action: 'fail', reason, message };
};

const deleteIt: Rule<LetGoView> = ({ volume }) => ({
  action: 'delete',
  reason: volume.deleting ? 'Deleting' : 'Released',
});

const ofLetGo: readonly Rule<LetGoView>[] = [claimLives, liesElsewhere, withoutRecord, deleteIt];

/** A volume with policy Delete that is released, or that somebody deletes. */
export const letGo: Rule<OursView> = (view) => {
  const { volume } = view;
  const disk = diskOf(view);
  const goes = volume.reclaimPolicy === 'Delete' && (volume.deleting || volume.phase === 'Released');
  if (!goes || whyStays(volume) !== undefined || disk === undefined || isOfAnotherCluster(view)) return undefined;
  return firstAnswer(ofLetGo, { ...view, disk });
};
