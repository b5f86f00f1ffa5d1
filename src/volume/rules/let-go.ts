import { join } from 'node:path';
import type { FoundOnDisk } from '../../disk/port.ts';
import { whyStays } from '../../model/volume-needs.ts';
import type { Rule } from '../decision.ts';
import { diskOf, isOfAnotherCluster } from '../view.ts';
import type { OursView } from './made.ts';
import { placeObjection } from './place.ts';

/** A view with a volume that is to go, and a disk that could be asked. */
type LetGoView = OursView & { disk: FoundOnDisk };

/** A claim that lives although its volume was released is asked for again after this time, in milliseconds. */
const livingClaimRecheckMs = 10_000;

/** Kubernetes may call a volume released although its claim lives (kubernetes/kubernetes#141891). */
const claimLives: Rule<LetGoView> = ({ livingClaim }) =>
  livingClaim === undefined ? undefined : { action: 'wait', reason: 'ClaimLives', afterMs: livingClaimRecheckMs };

const liesElsewhere: Rule<LetGoView> = ({ volume, disk }) => placeObjection(volume, disk);

/** The volume is not what it would have to be, had the daemon made it: a forged object must not name what is removed. */
const withoutRecord: Rule<LetGoView> = ({ volume, disk }) => {
  if (disk.record !== undefined) return undefined;
  const { path } = disk.baseDirectory;
  const reason = 'NoRecord';
  if (disk.place !== 'nowhere') {
    const message = `the journal has no record that this provisioner made ${join(path, volume.name)}. Nothing was removed. Remove that directory manually`;
    return { action: 'fail', reason, message };
  }
  if (volume.baseDirectoryId !== undefined) return undefined;
  const message = `volume ${volume.name} does not say in which base directory it was made, and the journal of ${path} has no record of it, so nothing proves that its directory is gone. Remove the directory manually, then take off the finalizer`;
  return { action: 'fail', reason, message };
};

const deleteIt: Rule<LetGoView> = ({ volume }) => ({
  action: 'delete',
  reason: volume.deleting ? 'Deleting' : 'Released',
});

const ofLetGo: readonly Rule<LetGoView>[] = [claimLives, liesElsewhere, withoutRecord, deleteIt];

/** A volume with policy Delete that its claim has let go, or that somebody deletes. */
export const letGo: readonly Rule<OursView>[] = ofLetGo.map((rule) => (view) => {
  const { volume } = view;
  const disk = diskOf(view);
  const goes = volume.reclaimPolicy === 'Delete' && (volume.deleting || volume.phase === 'Released');
  if (!goes || whyStays(volume) !== undefined || disk === undefined || isOfAnotherCluster(view)) return undefined;
  return rule({ ...view, disk });
});
