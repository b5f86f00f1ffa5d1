import type { QuotaSupport } from '../../disk/port.ts';
import type { Claim } from '../../model/claim.ts';
import type { Class } from '../../model/class.ts';
import { type ClassParameters, defaultClassParameters, readClassParameters } from '../../model/class-parameters.ts';
import { nodeLabel, nodeLabelValue } from '../../model/names.ts';
import { shownBytes } from '../../model/quantity.ts';
import { type Demand, demandOf, fits, promisable, type Room } from '../../model/room.ts';
import type { Limit, VolumeRecord } from '../../model/volume-record.ts';
import { type PoolView, recordOf, type Trouble, type VolumeView } from '../view.ts';

/** Where room is asked for. */
type Where = Pick<VolumeView, 'basePath' | 'node'>;

/** A directory with fewer inodes than these is of no use. */
const leastInodes = 1_024;

/**
 * What a claim asks for, of a volume with this record if there is one. A class that is gone, or that this version cannot read,
 * allows what is the default.
 */
export function demandFor(
  claim: Pick<Claim, 'requestedStorage'>,
  cls: Pick<Class, 'parameters'> | undefined,
  record: Pick<VolumeRecord, 'quota'> | undefined,
): Demand {
  const read = readClassParameters(cls?.parameters ?? {});
  const parameters = 'problems' in read ? defaultClassParameters : read;
  return demandOf(claim, { ...parameters, enforcesQuota: parameters.enforcesQuota || record?.quota !== undefined });
}

/** What the claim of a look lacks room for: one that waits, or one that asks for more. */
export function demandOfLook(view: VolumeView): Demand | undefined {
  const claim = view.waits ? view.claim : view.livingClaim;
  return claim && demandFor(claim, view.class, recordOf(view));
}

/** Why a pool cannot have the claim's volume, although another one may. */
export function lackOf(
  claim: Pick<Claim, 'requestedStorage'>,
  { name, parameters }: { name: string; parameters: ClassParameters },
  where: Pick<PoolView, 'room' | 'quotaSupport'> & Where,
): Trouble | undefined {
  const { room, quotaSupport } = where;
  return quotaTrouble(name, parameters, quotaSupport) ?? roomTrouble(demandOf(claim, parameters), room, where);
}

/**
 * Why nothing can be promised of a base directory whose size is not known now, to a claim that may not be promised more than there
 * is; undefined if the size is known, or does not matter.
 */
export function roomUnknown({ most }: Demand, room: Room | undefined, { basePath }: Where): Trouble | undefined {
  if (room !== undefined || most === undefined) return undefined;
  const message = `the size of base directory ${basePath} is not known now, so nothing of it is promised to a claim whose class has overcommit or quota: enforce. The daemon tries again. If that lasts, look at the disk on the node: df ${basePath}`;
  return { reason: 'RoomUnknown', message };
}

/** Why the base directory cannot promise what is asked for; undefined if it can, or if its size is not known now. */
export function roomTrouble({ bytes, most }: Demand, room: Room | undefined, where: Where): Trouble | undefined {
  if (room === undefined || most === undefined || fits(room, bytes, most)) return undefined;
  const message = `the claim asks for ${shownBytes(bytes)}, and ${promises(room, most, where)}. Delete claims that nobody needs, ask for less, or put a larger disk there: ${listVolumes(where)}${keeps(room)}`;
  return { reason: 'NoRoom', message };
}

/** What to tell when the base directory promises more than it has, which its class allows; undefined if it does not. */
export function overcommitted({ bytes, most }: Demand, room: Room | undefined, where: Where): Trouble | undefined {
  if (room === undefined || most !== undefined || fits(room, bytes, 1)) return undefined;
  const after = { ...room, promisedBytes: room.promisedBytes + bytes };
  const message = `${promises(after, 1, where)}, so volumes may find it full before they have what they asked for. Delete claims that nobody needs, or refuse such claims by the class parameter overcommit: "1.0": ${listVolumes(where)}`;
  return { reason: 'Overcommitted', message };
}

/** What is taken at once: a claim that is not warned has to fit, and is judged anew if others were faster. */
export const takenBy = (demand: Demand, room: Room | undefined, warning: Trouble | undefined): Demand => ({
  ...demand,
  most: demand.most ?? (room !== undefined && warning === undefined ? 1 : undefined),
});

function promises(room: Room, most: number, { basePath }: Where): string {
  const { sizeBytes, reservedBytes, promisedBytes } = room;
  const reserved = reservedBytes > 0 ? ` without the ${shownBytes(reservedBytes)} of --reserve` : '';
  const times = most === 1 ? '' : ` times ${most}`;
  const may = `${shownBytes(promisable(room, most))} (its size of ${shownBytes(sizeBytes)}${reserved}${times})`;
  return `base directory ${basePath} has promised ${shownBytes(promisedBytes)} to volumes, of at most ${may}`;
}

/** Deleting claims does not help where the trash has the room, and `kubectl` does not show what does. */
const keeps = ({ keptBytes }: Room): string =>
  keptBytes === 0
    ? ''
    : `. Directories in the trash, and others without a volume, have ${shownBytes(keptBytes)} of it: hostpath-provisioner trash`;

const listVolumes = ({ node }: Where): string => `kubectl get pv -l ${nodeLabel}=${nodeLabelValue(node.name)}`;

/** Why the base directory cannot hold a volume of this class to its size; undefined if it need not, or if that is not known now. */
function quotaTrouble(
  className: string,
  { enforcesQuota }: Pick<ClassParameters, 'enforcesQuota'>,
  support: QuotaSupport | undefined,
): Trouble | undefined {
  if (!enforcesQuota || support === undefined || support.by !== undefined) return undefined;
  const message = `StorageClass "${className}" has quota: enforce, and node or disk cannot enforce it. ${support.message}`;
  return { reason: 'QuotaNotSupported', message };
}

/**
 * The limit for a new directory, undefined where none is enforced. Its inodes are the class's ratio or its share of the disk's;
 * quota groups of btrfs do not count inodes.
 */
export function limitFor(
  { bytes }: Demand,
  { enforcesQuota, inodesPerGiB }: Pick<ClassParameters, 'enforcesQuota' | 'inodesPerGiB'>,
  { room, quotaSupport }: Pick<PoolView, 'room' | 'quotaSupport'>,
): Limit | undefined {
  if (!enforcesQuota) return undefined;
  const perByte = inodesPerGiB === undefined ? shareOf(room) : inodesPerGiB / 2 ** 30;
  if (quotaSupport?.by === 'subvolume' || perByte === undefined) return { bytes };
  return { bytes, inodes: Math.max(leastInodes, Math.ceil(perByte * bytes)) };
}

/** Inodes for each byte; undefined if the disk has no fixed number. */
const shareOf = (room: Room | undefined): number | undefined =>
  room !== undefined && room.inodes > 0 && room.sizeBytes > 0 ? room.inodes / room.sizeBytes : undefined;
