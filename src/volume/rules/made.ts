import type { Volume } from '../../model/volume.ts';
import { firstAnswer, type Rule, refuse } from '../decision.ts';
import { diskOf, mayLieHere, recordOf, type VolumeView } from '../view.ts';
import { anotherBaseDirectory } from './place.ts';
import { boundToAnotherVolume, taken } from './wanted.ts';

/** A view with a volume object that says that a daemon of this node made it. */
export type OursView = VolumeView & { volume: Volume };

const isForTheClaim = ({ volume, claim }: OursView): boolean => volume.claim?.uid === claim?.uid;

const claimHasAnother: Rule<OursView> = (view) => view.claim && boundToAnotherVolume({ ...view, claim: view.claim });

const nameTaken: Rule<OursView> = (view) =>
  isForTheClaim(view) ? undefined : taken(view, mayLieHere(view.volume, view));

const beingDeleted: Rule<OursView> = ({ volume }) => {
  if (!volume.deleting) return undefined;
  const message = `PersistentVolume "${volume.name}" was deleted before this claim was bound to it, and exists until the claim is gone. Delete this claim and create it again`;
  return refuse('VolumeBeingDeleted', message);
};

/** The disk was replaced: an empty directory must not pass for the one that the volume was made with. */
const madeOnAnotherDisk: Rule<OursView> = (view) => {
  const disk = diskOf(view);
  const { baseDirectoryId } = view.volume;
  if (disk === undefined || (baseDirectoryId ?? disk.baseDirectory.id) === disk.baseDirectory.id) return undefined;
  const reason = 'AnotherBaseDirectory';
  const message = anotherBaseDirectory(view.volume, disk);
  return recordOf(view) === undefined
    ? { action: 'fail', reason, message }
    : { action: 'undo', reason, objection: message };
};

/** A released volume settles no claim: its end depends on the claim. */
const madeEarlier: Rule<OursView> = ({ volume }) =>
  volume.phase === 'Released' ? undefined : { action: 'confirm', reason: 'ProvisionedEarlier' };

const ofWaiting: readonly Rule<OursView>[] = [claimHasAnother, nameTaken, beingDeleted, madeOnAnotherDisk, madeEarlier];

/** A claim waits, and the volume of its name exists. */
export const made: Rule<OursView> = (view) => (view.waits ? firstAnswer(ofWaiting, view) : undefined);
