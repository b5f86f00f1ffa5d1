import { join } from 'node:path';
import { mayHold, StorageError } from '../../disk/port.ts';
import { adoptedRecord } from '../../model/adopted-record.ts';
import { isVolumeName, nodeLabelValue } from '../../model/names.ts';
import { isGivenUp, lacksIdentity, whyStays } from '../../model/volume.ts';
import { whose } from '../../model/whose.ts';
import { failFor, firstAnswer, type Rule, refuse } from '../decision.ts';
import { diskOf, isBegunHere, isOfAnotherCluster, recordOf, type VolumeView } from '../view.ts';
import { grow } from './grow.ts';
import type { OursView } from './made.ts';
import { anotherBaseDirectory, lossOf, manualDeletion, placeObjection } from './place.ts';
import { givenUpMessage, identityMessage } from './stuck.ts';

/** Without the label, no change of the volume reaches the daemon. A volume that may be another's gets no label. */
const lostItsLabel = (view: OursView): boolean => {
  const { volume, node } = view;
  if (volume.nodeLabel === nodeLabelValue(node.name) || !isVolumeName(volume.name)) return false;
  const disk = diskOf(view);
  return disk !== undefined && placeObjection(volume, disk) === undefined && !isOfAnotherCluster(view);
};

const labelMissing: Rule<OursView> = (view) => {
  const disk = diskOf(view);
  if (disk?.record === undefined || !lostItsLabel(view)) return undefined;
  return { action: 'label', reason: 'LabelMissing', baseDirectory: disk.baseDirectory };
};

const madeByEarlierProvisioner: Rule<OursView> = (view) => {
  const disk = diskOf(view);
  if (disk?.place !== 'base' || disk.record !== undefined || !lostItsLabel(view)) return undefined;
  const { baseDirectory } = disk;
  const maker = { node: view.node.name, cluster: view.ownCluster };
  const record = adoptedRecord(view.volume, maker, baseDirectory.createdAt);
  return record && { action: 'adopt', reason: 'MadeEarlier', record, baseDirectory };
};

const directoryMissing: Rule<OursView> = (view) => {
  const loss = lossOf(view.volume, view);
  return loss && { action: 'reportLoss', ...loss };
};

const nameNotOurs: Rule<OursView> = ({ name }) => {
  if (isVolumeName(name)) return undefined;
  const message = `volume "${name}" has a name that this provisioner does not give. Nothing was removed. Inspect its directory on the node, then delete the volume, which leaves the directory alone: ${manualDeletion(name)}`;
  return refuse('NameNotOurs', message);
};

const diskUnusable: Rule<OursView> = ({ disk }) => (disk instanceof StorageError ? failFor(disk) : undefined);

/** Somebody copied the volume object here, or the daemon has the kubeconfig of another cluster. */
const ofAnotherCluster: Rule<OursView> = (view) => {
  const { volume } = view;
  if (!isOfAnotherCluster(view)) return undefined;
  const goes = volume.deleting || (volume.reclaimPolicy === 'Delete' && volume.phase === 'Released');
  if (!goes) return undefined;
  const owner = `the cluster whose namespace kube-system has the UID ${recordOf(view)?.cluster}`;
  const message = `directory ${join(view.basePath, volume.name)} belongs to ${owner}. Nothing was removed. Delete the volume manually, which keeps its directory: ${manualDeletion(volume.name)}`;
  return { action: 'fail', reason: 'AnotherCluster', message };
};

/** The journal must note it before our finalizer goes: after that, the volume may be gone and only the journal left. */
const policyRetain: Rule<OursView> = (view) => {
  const { volume } = view;
  const disk = diskOf(view);
  if (volume.reclaimPolicy === 'Delete' || disk === undefined || isOfAnotherCluster(view)) return undefined;
  if (volume.hasFinalizer && !mayHold(disk.baseDirectory, volume.baseDirectoryId)) {
    return { action: 'fail', reason: 'AnotherBaseDirectory', message: anotherBaseDirectory(volume, disk) };
  }
  const noted = disk.record === undefined || disk.record.reclaimPolicy === 'Retain';
  return noted && !volume.hasFinalizer ? undefined : { action: 'retain', reason: 'PolicyRetain' };
};

/** Only a volume that the daemon can delete gets a finalizer, which would otherwise hold the volume for ever. */
const policyDelete: Rule<OursView> = (view) => {
  const { volume } = view;
  if (volume.reclaimPolicy !== 'Delete' || volume.hasFinalizer || isOfAnotherCluster(view)) return undefined;
  return recordOf(view) === undefined ? undefined : { action: 'protect', reason: 'PolicyDelete' };
};

const ofVolumeThatMayGo = [nameNotOurs, diskUnusable, ofAnotherCluster, policyRetain, policyDelete];

const volumeMayGo: Rule<OursView> = (view) =>
  whyStays(view.volume) === undefined ? firstAnswer(ofVolumeThatMayGo, view) : undefined;

/**
 * A claim was begun in a pool whose disk was then missing, so another pool served it. Only what is proven to be such an empty try
 * goes: a disk at the wrong path shows the volume's own directory as that of another pool.
 */
const begunInAnotherPool: Rule<OursView> = (view) => {
  const { volume, ownCluster } = view;
  if (recordOf(view) === undefined || volume.baseDirectoryId === undefined) return undefined;
  const stray = view.strays.find(
    ({ record, baseDirectoryId, hasContent }) =>
      !hasContent &&
      baseDirectoryId !== volume.baseDirectoryId &&
      isBegunHere(record, view) &&
      whose(record, ownCluster) === 'ours',
  );
  return stray && { action: 'undoStray', reason: 'BegunInAnotherPool', pool: stray.pool };
};

/** The needs of a volume of ours while it exists. */
export const needs: readonly Rule<OursView>[] = [
  begunInAnotherPool,
  labelMissing,
  madeByEarlierProvisioner,
  directoryMissing,
  volumeMayGo,
];

/** Kubernetes has given up on the volume, and does nothing more with it. */
const givenUp: Rule<OursView> = ({ volume }) =>
  isGivenUp(volume) ? refuse('VolumeFailed', givenUpMessage(volume)) : undefined;

const nothingToDo: Rule<OursView> = (view) => {
  const { volume } = view;
  const reason =
    whyStays(volume) ??
    (isOfAnotherCluster(view) ? 'AnotherCluster' : volume.reclaimPolicy === 'Delete' ? 'InUse' : 'Retained');
  return { action: 'ignore', reason };
};

/** The volume stays, and its users may have to know something. */
export const inUse: readonly Rule<OursView>[] = [givenUp, grow, nothingToDo];

/** The volume has our label and finalizer, but lacks what says who made it. Trash was decided on before. */
export const identityMissing: Rule<VolumeView> = (view) => {
  const { volume, node, provisionerNames } = view;
  if (volume === undefined || !lacksIdentity(volume, node.name, provisionerNames)) return undefined;
  return diskOf(view)?.place === 'trash' ? undefined : refuse('IdentityMissing', identityMessage(volume, view));
};
