import { failureOf } from '../failure.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { PersistentVolumeObject } from '../model/kubernetes.ts';
import { finalizer } from '../model/names.ts';
import type { Outcome } from '../model/outcome.ts';
import { StorageError, type VolumeStorage } from '../storage/volume-storage.ts';
import type { DeleteDecision } from './decide.ts';
import { recordOf, type VolumeView } from './observe.ts';

export interface DeleteTools {
  kube: Pick<KubeApi, 'deleteVolume' | 'replaceFinalizers'>;
  storage: Pick<VolumeStorage, 'trashDirectory' | 'retainDirectory' | 'undoDirectory'>;
  /** Has the trash of a volume erased, some time. */
  erase: (volume: string) => void;
}

type Executors = {
  [Action in DeleteDecision['action']]: (
    decision: Extract<DeleteDecision, { action: Action }>,
    view: VolumeView,
    tools: DeleteTools,
  ) => Promise<Outcome>;
};

const done: Outcome = { result: 'done' };

const executors: Executors = {
  ignore: async () => done,
  wait: async ({ afterMs }) => ({ result: 'waiting', afterMs }),
  refuse: async ({ reason, message }) => ({ result: 'refused', reason, message }),
  fail: async ({ error }) => failureOf(error),
  protect: async (_, { object }, { kube }) => {
    if (object !== undefined) await kube.replaceFinalizers(object, [...finalizersOf(object), finalizer]);
    return done;
  },
  retain: async (_, { name, disk, object }, { kube, storage }) => {
    if (recordOf(disk) !== undefined) await storage.retainDirectory(name);
    if (object !== undefined) await removeFinalizer(object, kube);
    return done;
  },
  delete: async (_, view, tools) => deleteVolume(view, tools),
  undo: async (_, { name }, { storage }) => undoDirectory(name, storage),
  erase: async (_, { name }, { erase }) => {
    erase(name);
    return done;
  },
};

/**
 * Does what was decided. Every step may be repeated.
 * @throws {StorageError | ApiError} when a step fails; the steps before it need not be done again, but may
 */
export function actOnVolume(decision: DeleteDecision, view: VolumeView, tools: DeleteTools): Promise<Outcome> {
  const execute = executors[decision.action] as (d: DeleteDecision, v: VolumeView, t: DeleteTools) => Promise<Outcome>;
  return execute(decision, view, tools);
}

/** First the directory, then the object: a volume that is gone while its directory is not would be a leak that nobody sees. */
async function deleteVolume({ name, object, disk }: VolumeView, tools: DeleteTools): Promise<Outcome> {
  const record = recordOf(disk);
  if (record !== undefined) await tools.storage.trashDirectory(name);
  if (object !== undefined) await deleteVolumeObject(object, tools.kube);
  if (record !== undefined) tools.erase(name);
  return done;
}

/** What is in the directory came from a pod, so there was a volume once, and only a person can know what it is worth. */
async function undoDirectory(name: string, storage: DeleteTools['storage']): Promise<Outcome> {
  try {
    await storage.undoDirectory(name);
    return done;
  } catch (error) {
    if (!(error instanceof StorageError) || error.reason !== 'DirectoryNotEmpty') throw error;
    return { result: 'refused', reason: error.reason, message: error.message };
  }
}

async function deleteVolumeObject(object: PersistentVolumeObject, kube: DeleteTools['kube']): Promise<void> {
  const { name = '', uid = '', deletionTimestamp } = object.metadata ?? {};
  const rest = deletionTimestamp === undefined ? await kube.deleteVolume(name, uid) : object;
  if (rest !== undefined) await removeFinalizer(rest, kube);
}

async function removeFinalizer(object: PersistentVolumeObject, kube: DeleteTools['kube']): Promise<void> {
  const finalizers = finalizersOf(object);
  if (!finalizers.includes(finalizer)) return;
  await kube.replaceFinalizers(
    object,
    finalizers.filter((name) => name !== finalizer),
  );
}

const finalizersOf = (object: PersistentVolumeObject): string[] => object.metadata?.finalizers ?? [];
