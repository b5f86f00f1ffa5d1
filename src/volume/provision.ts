import { StorageError, type VolumeStorage } from '../disk/port.ts';
import { ActError, type Outcome } from '../flow/outcome.ts';
import { ApiError, type ApiErrorReason, type KubeApi } from '../kube/calls/kube-api.ts';
import { type ProvisionPlan, volumeObject } from '../model/volume-object.ts';
import type { Notes } from './notes.ts';
import { diskOf, ownerOf, type VolumeView } from './view.ts';

export interface ProvisionTools {
  kube: Pick<KubeApi, 'createVolume'>;
  storage: Pick<VolumeStorage, 'makeDirectory' | 'undoDirectory'>;
  notes: Pick<Notes, 'doubt' | 'setShortage'>;
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

/** Makes the directory durable, then the volume. @throws {StorageError | ApiError | ActError} when a step fails */
export async function provision(plan: ProvisionPlan, view: VolumeView, tools: ProvisionTools): Promise<Outcome> {
  const { kube, storage, notes } = tools;
  const { name } = view;
  if (diskOf(view)?.place === 'trash' && ownerOf(view) === 'ours') tools.erase(name);
  const directory = await makeDirectory(plan, tools);
  // Another node won meanwhile, or the claim is gone: our volume would be refused or unwanted.
  if (view.waits && !tools.stillWaits(name)) return { result: 'waiting', afterMs: 0 };
  try {
    await kube.createVolume(volumeObject(plan, directory));
    return { result: 'done' };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.reason === 'Unknown') notes.doubt(name);
    // Undo only if neither this creation nor an earlier, unanswered one can have made the volume.
    if (rulesOut.has(error.reason) && view.inDoubtForMs === 0) await storage.undoDirectory(name);
    // A new object has no earlier version, so this is not the ordinary conflict of two changes.
    if (error.reason === 'Conflict') throw new ActError('CreationConflict', error.message, { cause: error });
    throw error;
  }
}

/** Notes a shortage of space, because another node may have more. */
async function makeDirectory({ record, parameters }: ProvisionPlan, { storage, notes }: ProvisionTools) {
  const { directoryMode: mode, directoryOwner: owner } = parameters;
  try {
    const made = await storage.makeDirectory(record, { mode, owner });
    notes.setShortage(record.volume, undefined);
    return made;
  } catch (error) {
    if (error instanceof StorageError && error.reason === 'NoSpace') notes.setShortage(record.volume, error.message);
    throw error;
  }
}
