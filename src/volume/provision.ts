import { type MadeDirectory, StorageError, type VolumeStorage } from '../disk/port.ts';
import { ActError, type Outcome } from '../flow/outcome.ts';
import { ApiError, type ApiErrorReason, type KubeApi } from '../kube/calls/kube-api.ts';
import { type ProvisionPlan, volumeObject } from '../model/volume-object.ts';
import type { Notes } from './notes.ts';
import type { Pool, Pools } from './pools.ts';
import { diskOf, ownerOf, type VolumeView } from './view.ts';

/** What making a volume needs of its pool. */
export type PoolStorage = Pick<VolumeStorage, 'basePath' | 'hasRecord' | 'makeDirectory' | 'undoDirectory'>;

export interface ProvisionTools {
  kube: Pick<KubeApi, 'createVolume'>;
  pools: Pools<PoolStorage>;
  notes: Pick<Notes, 'doubt' | 'noteShortage' | 'endShortage'>;
  /** Whether the watch still shows that the claim of the volume waits for this daemon. */
  stillWaits: (volume: string) => boolean;
  /** Adds the volume to the queue of the trash, whose flow erases it later. */
  erase: (volume: string) => void;
}

/** Errors that prove that the volume was not created. */
const rulesOut: ReadonlySet<ApiErrorReason> = new Set([
  'Invalid',
  'Forbidden',
  'Unauthorized',
  'NotFound',
  'Conflict',
  'Refused',
]);

/**
 * Makes the directory durable, then the volume. @throws {StorageError | ApiError | ActError} when a step fails
 * @param poolName name of the pool for the directory
 */
export async function provision(
  plan: ProvisionPlan,
  poolName: string,
  view: VolumeView,
  tools: ProvisionTools,
): Promise<Outcome> {
  const { name } = view;
  const pool = tools.pools.named(poolName);
  const { storage, room } = pool;
  if (!room.take(name, plan.demand)) return { result: 'waiting', afterMs: 0 }; // others were faster: it is judged anew
  if (diskOf(view)?.place === 'trash' && ownerOf(view) === 'ours') tools.erase(name);
  const directory = await makeDirectory(plan, pool, tools.notes);
  if (isUnwanted(view, tools)) return { result: 'waiting', afterMs: 0 };
  return await register(plan, directory, view, tools, () => storage.undoDirectory(name));
}

/** Whether another node won meanwhile, or the claim is gone: our volume would be refused or unwanted. */
export const isUnwanted = (
  { name, waits }: Pick<VolumeView, 'name' | 'waits'>,
  { stillWaits }: Pick<ProvisionTools, 'stillWaits'>,
): boolean => waits && !stillWaits(name);

/**
 * Makes the volume object of a durable directory. @throws {ApiError | ActError} if the API server does not make it
 * @param onRuledOut called if neither this creation nor an earlier, unanswered one can have made the volume
 */
export async function register(
  plan: ProvisionPlan,
  directory: MadeDirectory,
  { name, inDoubtForMs }: Pick<VolumeView, 'name' | 'inDoubtForMs'>,
  { kube, notes }: Pick<ProvisionTools, 'kube' | 'notes'>,
  onRuledOut: () => Promise<void>,
): Promise<Outcome> {
  try {
    await kube.createVolume(volumeObject(plan, directory));
    return { result: 'done' };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.reason === 'Unknown') notes.doubt(name);
    if (rulesOut.has(error.reason) && inDoubtForMs === 0) await onRuledOut();
    // A new object has no earlier version, so this is not the ordinary conflict of two changes.
    if (error.reason === 'Conflict') throw new ActError('CreationConflict', error.message, { cause: error });
    throw error;
  }
}

/** Notes a shortage of space, because another pool or node may have more. */
async function makeDirectory(
  { record, parameters, limit }: ProvisionPlan,
  { name: pool, storage, room }: Pool<PoolStorage>,
  notes: ProvisionTools['notes'],
) {
  const { directoryMode: mode, directoryOwner: owner } = parameters;
  try {
    const made = await storage.makeDirectory(record, { mode, owner, ...(limit && { limit }) });
    notes.endShortage(record.volume);
    return made;
  } catch (error) {
    // Nothing was begun, so nothing would release it when the claim goes.
    if (storage.hasRecord(record.volume) !== true) room.release(record.volume);
    if (error instanceof StorageError && error.reason === 'NoSpace') {
      notes.noteShortage(record.volume, pool, error.message);
    }
    throw error;
  }
}
