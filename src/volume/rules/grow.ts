import { type FoundOnDisk, StorageError } from '../../disk/port.ts';
import { type Claim, hasResizeMarks } from '../../model/claim.ts';
import { isLarger, largest, quantityBytes } from '../../model/quantity.ts';
import type { Demand } from '../../model/room.ts';
import type { Volume } from '../../model/volume.ts';
import type { Limit, Quota } from '../../model/volume-record.ts';
import type { Decision, Rule } from '../decision.ts';
import { isOfAnotherCluster, poolOf, type Trouble } from '../view.ts';
import type { OursView } from './made.ts';
import { placeObjection } from './place.ts';
import { demandFor, overcommitted, roomTrouble, roomUnknown, takenBy } from './room.ts';

/** The way of a volume to a larger size. Sizes are Kubernetes quantities. */
export interface GrowthPlan {
  /** The size that directory, record, volume object and claim then have. */
  capacity: string;
  /** The size that the claim had. */
  from: string;
  /** Whether no part of the volume has that size yet, so that nothing of it was promised before. */
  isNew: boolean;
  /** What is taken of the room before anything grows. */
  demand: Demand;
  /** The limit of the directory, in bytes; undefined without a quota. */
  limit: Limit | undefined;
  /** What does not have the size yet, or does not say so. */
  behind: { disk: boolean; volume: boolean; claim: boolean };
}

/** A base directory that cannot be used is looked at again after this time, in milliseconds. */
const diskRecheckMs = 30_000;

const stays = 'The volume stays usable as it is. Create a new claim of that size, and copy the data';

/** Whether the claim asks for more than it has, or its status still says so. */
export function wantsGrowth({ requestedStorage, capacity, ...claim }: Claim, volume: Volume): boolean {
  return isLarger(requestedStorage, capacity) || isLarger(requestedStorage, volume.capacity) || hasResizeMarks(claim);
}

const isInUseBy = (volume: Volume, { uid, deleting, volumeName }: Claim): boolean =>
  volume.phase === 'Bound' && !volume.deleting && !deleting && volumeName === volume.name && volume.claim?.uid === uid;

/**
 * kube-controller-manager leaves a larger request to the provisioner. Whether the class allows it was judged by the API server,
 * which refuses the request otherwise. Nothing ever shrinks: a size that a crash left in one place comes to the others, also if
 * the user asks for less by now.
 */
export const grow: Rule<OursView> = (view) => {
  const { volume, livingClaim: claim, disk } = view;
  if (claim === undefined || !isInUseBy(volume, claim) || !wantsGrowth(claim, volume)) return undefined;
  if (disk instanceof StorageError) return untilUsable(view, claim, disk);
  if (disk === undefined) return undefined;
  const doubt = notOurs(view, disk);
  if (doubt !== undefined) return cannotGrow(claim, doubt);
  const { record } = disk;
  if (record === undefined) {
    const message = `the journal of ${disk.baseDirectory.path} has no record of its volume ${volume.name}. ${stays}`;
    return cannotGrow(claim, { reason: 'NoRecord', message });
  }
  const noted = record.template?.capacity;
  const capacity = largest(claim.requestedStorage, volume.capacity, noted, claim.capacity);
  if (capacity === undefined) return undefined;
  const demand = demandFor({ requestedStorage: capacity }, view.class, record);
  const isNew = isLarger(capacity, largest(volume.capacity, noted, claim.capacity));
  const room = poolOf(view)?.room;
  const unknown = isNew ? roomUnknown(demand, room, view) : undefined;
  if (unknown !== undefined) return untilUsable(view, claim, unknown);
  const lack = isNew ? roomTrouble(demand, room, view) : undefined;
  if (lack !== undefined) return { action: 'cannotGrow', ...lack };
  const warning = isNew ? overcommitted(demand, room, view) : undefined;
  const plan: GrowthPlan = {
    capacity,
    // A size that a crash left in one place was promised before.
    demand: isNew ? takenBy(demand, room, warning) : { ...demand, most: undefined },
    from: claim.capacity ?? volume.capacity ?? capacity,
    isNew,
    limit: record.quota && grownLimit(record.quota, capacity),
    behind: {
      disk: isLarger(capacity, volume.capacity) || isLarger(capacity, noted),
      volume: isLarger(capacity, volume.capacity),
      claim: isLarger(capacity, claim.capacity) || hasResizeMarks(claim),
    },
  };
  return { action: 'grow', reason: 'Grown', plan, ...(warning && { warning }) };
};

/** A base directory that has just failed may soon be back. One that stays away, or that the daemon does not know, is told. */
function untilUsable(view: OursView, claim: Claim, found: Trouble): Decision {
  const lasting = view.pool === undefined ? found : poolOf(view)?.trouble;
  if (lasting === undefined) return { action: 'wait', reason: found.reason, afterMs: diskRecheckMs };
  const { reason, message } = lasting;
  return { ...cannotGrow(claim, { reason, message: `its volume waits. ${message}` }), afterMs: diskRecheckMs };
}

/** Why nothing proves that the directory is the volume's, and ours. */
function notOurs(view: OursView, disk: FoundOnDisk): Trouble | undefined {
  const { volume } = view;
  const { path } = disk.baseDirectory;
  if (isOfAnotherCluster(view)) {
    const message = `the record of its volume ${volume.name} in ${path} names another cluster. ${stays}`;
    return { reason: 'AnotherCluster', message };
  }
  const objection = placeObjection(volume, disk);
  if (objection === undefined) return undefined;
  const message = `its volume ${volume.name} does not lie where this provisioner made it, which is in ${path}. ${stays}`;
  return { reason: objection.reason, message };
}

const cannotGrow = ({ requestedStorage }: Claim, { reason, message }: Trouble) =>
  ({ action: 'cannotGrow', reason, message: `the claim asks for ${requestedStorage}, and ${message}` }) as const;

/** The inodes grow with the bytes, because the class that set their ratio may be gone. */
function grownLimit({ bytes: before, inodes }: Quota, capacity: string): Limit {
  const bytes = Math.max(before, Math.ceil(quantityBytes(capacity) ?? 0));
  return { bytes, ...(inodes !== undefined && { inodes: Math.ceil((inodes / before) * bytes) }) };
}
