import { StorageError } from '../../disk/port.ts';
import { isVolumeName } from '../../model/names.ts';
import { keptReasonOf, whose } from '../../model/whose.ts';
import { type Decision, failFor, firstAnswer, type Rule } from '../decision.ts';
import { diskOf, isBegunHere, mayLieHere, ownerOf, recordOf, type VolumeView } from '../view.ts';

/** Undoes what was begun for the claim, unless a volume may use it: the directory then lives and dies with the volume. */
export function takeBack(reason: string, view: VolumeView): Decision {
  const { disk, volume, inDoubtForMs, abandoned, abandonedGraceMs } = view;
  if (disk instanceof StorageError) return failFor(disk);
  const record = recordOf(view);
  if (record === undefined || !isBegunHere(record, view)) return { action: 'ignore', reason };
  if (volume !== undefined && mayLieHere(volume, view)) return { action: 'ignore', reason };
  const owner = whose(record, view.ownCluster);
  // A claim with this UID in this cluster proves that the record is ours.
  if (owner === 'anotherCluster' || (owner === 'unknown' && view.claim === undefined)) {
    return { action: 'keep', reason: keptReasonOf(owner) };
  }
  if (inDoubtForMs > 0) return { action: 'wait', reason: 'CreationUnanswered', afterMs: inDoubtForMs };
  if (view.isUnregisteredCopy) return { action: 'discard', reason };
  if (!abandoned?.hasContent) return { action: 'undo', reason };
  // Nobody saw a deletion: the API server may have been restored from a backup, or its objects removed by force.
  if (abandonedGraceMs === undefined) return { action: 'keep', reason: 'Abandoned' };
  const graceLeftMs = abandonedGraceMs - abandoned.forMs;
  return graceLeftMs > 0
    ? { action: 'wait', reason: 'Abandoned', afterMs: graceLeftMs }
    : { action: 'discard', reason: 'Abandoned' };
}

const reasonOf = ({ volume }: VolumeView): string => (volume === undefined ? 'VolumeGone' : 'NotOurs');

const nameNotOurs: Rule<VolumeView> = ({ volume, name }) =>
  volume === undefined && !isVolumeName(name) ? { action: 'ignore', reason: 'NotOurs' } : undefined;

const diskUnusable: Rule<VolumeView> = ({ disk, volume }) => {
  if (!(disk instanceof StorageError)) return undefined;
  return volume === undefined ? failFor(disk) : { action: 'ignore', reason: 'NotOurs' };
};

const ofAnotherCluster: Rule<VolumeView> = (view) => {
  const disk = diskOf(view);
  const isThere = disk?.record !== undefined || disk?.place === 'trash';
  return isThere && ownerOf(view) === 'anotherCluster' ? { action: 'keep', reason: 'AnotherCluster' } : undefined;
};

/** Trash was decided on before, if this cluster did so. */
const inTrash: Rule<VolumeView> = (view) => {
  if (diskOf(view)?.place !== 'trash') return undefined;
  return ownerOf(view) === 'ours'
    ? { action: 'erase', reason: reasonOf(view) }
    : { action: 'keep', reason: 'ClusterUnknown' };
};

const nothingOfOurs: Rule<VolumeView> = (view) => {
  const record = recordOf(view);
  return record === undefined || record.node !== view.node.name
    ? { action: 'ignore', reason: reasonOf(view) }
    : undefined;
};

const retained: Rule<VolumeView> = (view) => {
  if (recordOf(view)?.reclaimPolicy !== 'Retain') return undefined;
  const removedByHand = view.volume === undefined && diskOf(view)?.place === 'nowhere' && ownerOf(view) === 'ours';
  return removedByHand ? { action: 'forget', reason: 'DirectoryGone' } : { action: 'ignore', reason: 'Retained' };
};

const ofLeftover: readonly Rule<VolumeView>[] = [
  nameNotOurs,
  diskUnusable,
  ofAnotherCluster,
  inTrash,
  nothingOfOurs,
  retained,
];

/** The API server does not have the volume, or somebody else made it. No claim waits for it here. */
export const leftOver: Rule<VolumeView> = (view) => (view.waits ? undefined : firstAnswer(ofLeftover, view));

/** The claim is gone as well. */
export const claimGone: Rule<VolumeView> = (view) =>
  view.claim === undefined ? takeBack('ClaimGone', view) : undefined;
