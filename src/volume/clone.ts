import { StorageError, type VolumeStorage } from '../disk/port.ts';
import { ActError, type Outcome } from '../flow/outcome.ts';
import type { Copies, CopyNews } from './copies.ts';
import { nextLookMs } from './copies.ts';
import type { Decision } from './decision.ts';
import type { Pool, Pools } from './pools.ts';
import { isUnwanted, type ProvisionTools, register } from './provision.ts';
import { sourceOf, type VolumeView } from './view.ts';

/** The outcome, with what the look found of a copy. */
export type CloneOutcome = Outcome & { copy?: CopyNews };

export interface CloneTools extends Omit<ProvisionTools, 'pools' | 'erase'> {
  pools: Pools<CloneStorage>;
  copies: Pick<Copies, 'note' | 'isUnregistered' | 'setMayBeRegistered'>;
}

type CloneStorage = Pick<VolumeStorage, 'basePath' | 'hasRecord' | 'cloneDirectory'>;

/** A copy that found the disk full is begun again after this time, in milliseconds: half of it was written in vain. */
const fullRecheckMs = 600_000;

/**
 * One step of a copy, which goes on in the background: it may take hours, and must not hold up other claims. A whole copy is
 * registered as any other directory. If the API server refuses that, the copy waits for the next try.
 * @throws {StorageError | ApiError | ActError} when a step fails
 */
export async function clone(
  { plan, pool: poolName, source }: Extract<Decision, { action: 'clone' }>,
  view: VolumeView,
  tools: CloneTools,
): Promise<CloneOutcome> {
  const { copies } = tools;
  const { name } = view;
  const pool = tools.pools.named(poolName);
  if (!pool.room.take(name, plan.demand)) return { result: 'waiting', afterMs: 0 }; // others were faster: it is judged anew
  const { directoryMode: mode, directoryOwner: owner } = plan.parameters;
  const options = { mode, owner, source, ...(plan.limit && { limit: plan.limit }) };
  const cloning = await cloneDirectory(plan.record, options, pool);
  if (!('state' in cloning)) return cloning;
  const copy = copies.note(name, sourceOf(view), cloning);
  if (cloning.state === 'copying') return { result: 'waiting', afterMs: nextLookMs(copy), copy };
  if (isUnwanted(view, tools)) return { result: 'waiting', afterMs: 0, copy };
  const wasUnregistered = copies.isUnregistered(name);
  copies.setMayBeRegistered(name, true);
  const onRuledOut = async () => copies.setMayBeRegistered(name, !wasUnregistered);
  const outcome = await register(plan, cloning.directory, view, tools, onRuledOut);
  return { ...outcome, copy };
}

/** What does not fit is not tried again: it would fill the disk as far as before. */
async function cloneDirectory(
  record: Parameters<CloneStorage['cloneDirectory']>[0],
  options: Parameters<CloneStorage['cloneDirectory']>[1],
  { storage, room }: Pool<CloneStorage>,
): Promise<Awaited<ReturnType<CloneStorage['cloneDirectory']>> | Extract<Outcome, { result: 'refused' }>> {
  try {
    return await storage.cloneDirectory(record, options);
  } catch (error) {
    // Nothing was begun, so nothing would release it when the claim goes.
    if (storage.hasRecord(record.volume) !== true) room.release(record.volume);
    if (!(error instanceof StorageError)) throw error;
    const { reason, message } = error;
    if (reason === 'LimitTooSmall') return { result: 'refused', reason, message };
    if (reason === 'NoSpace') throw new ActError(reason, message, { afterMs: fullRecheckMs, cause: error });
    throw error;
  }
}
