import type { VolumeStorage } from '../disk/port.ts';
import type { Outcome } from '../flow/outcome.ts';
import { ApiError, type KubeApi } from '../kube/calls/kube-api.ts';
import type { Claim } from '../model/claim.ts';
import type { Notes } from './notes.ts';
import type { RoomAccount } from './room.ts';
import type { GrowthPlan } from './rules/grow.ts';
import type { VolumeView } from './view.ts';

export interface GrowthTools {
  kube: Pick<KubeApi, 'growVolume' | 'endResize' | 'refuseResize'>;
  storage: Pick<VolumeStorage, 'growDirectory'>;
  room: Pick<RoomAccount, 'take' | 'release'>;
}

/** A volume that cannot grow is looked at again after this time, in milliseconds. */
const growthRecheckMs = 600_000;

/**
 * Limit and record, then the volume object, then the claim: what a claim says that it has, its directory can hold, also after a
 * power cut. A repetition after a crash finds what is behind. Kubelet may be first with the claim of a volume of type local.
 * @throws {StorageError | ApiError} when a step fails
 */
export async function grow(plan: GrowthPlan, view: VolumeView, tools: GrowthTools): Promise<Outcome> {
  const { name } = view;
  const { object, livingClaim } = view;
  const { capacity, behind } = plan;
  const { kube, room } = tools;
  // Others were faster: it is judged anew.
  if (behind.volume && !room.take(name, plan.demand)) return { result: 'waiting', afterMs: 0 };
  if (behind.disk) await growDirectory(plan, name, tools);
  if (behind.volume && object !== undefined) await kube.growVolume(object, capacity);
  if (!behind.claim || livingClaim === undefined) return { result: 'done' };
  const grown = `the directory of volume ${name} has ${capacity}, and the claim's status cannot say so`;
  return inStatus({ reason: 'ApiServerForbidden', message: grown }, { result: 'done' }, () =>
    kube.endResize(livingClaim, capacity),
  );
}

/** A directory that may fill the larger limit keeps the room for it, whatever fails later. */
async function growDirectory(
  { capacity, limit, isNew }: GrowthPlan,
  volume: string,
  { storage, room }: Pick<GrowthTools, 'storage' | 'room'>,
): Promise<void> {
  try {
    await storage.growDirectory(volume, { capacity, limit });
  } catch (error) {
    if (isNew) room.release(volume);
    throw error;
  }
}

/** What makes a refusal another one. Its message has figures that change with other volumes. */
export const refusedGrowth = (
  { reason }: { reason: string },
  claim: Pick<Claim, 'requestedStorage'> | undefined,
): string => `${reason}: ${claim?.requestedStorage}`;

/**
 * Writes into the status of a claim. A role of an earlier version does not allow that: then the user is told by an Event.
 * @param otherwise what the Event says first
 */
async function inStatus(
  otherwise: { reason: string; message: string },
  written: Outcome,
  write: () => Promise<void>,
): Promise<Outcome> {
  try {
    await write();
    return written;
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === 'Forbidden')) throw error;
    const message = `${otherwise.message}. The daemon ${error.message}. Grant the permission: kubectl apply -f rbac/clusterrole.yaml`;
    return { result: 'refused', reason: otherwise.reason, message, afterMs: growthRecheckMs };
  }
}

/** Says in the claim's status that its volume cannot grow, unless it says so already. @throws {ApiError} */
export async function refuseGrowth(
  { afterMs = growthRecheckMs, ...why }: { reason: string; message: string; afterMs?: number },
  { name, livingClaim: claim }: VolumeView,
  { kube, notes }: Pick<GrowthTools, 'kube'> & { notes: Pick<Notes, 'hasToldTrouble'> },
): Promise<Outcome> {
  const outcome: Outcome = { result: 'waiting', afterMs };
  if (claim === undefined) return outcome;
  const { state, error } = claim.resize;
  const isTold = error === why.message || notes.hasToldTrouble(name, refusedGrowth(why, claim));
  if (state !== undefined && error !== undefined && isTold) return outcome;
  return inStatus(why, outcome, () => kube.refuseResize(claim, why));
}
