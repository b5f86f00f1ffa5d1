import { type BaseDirectory, StorageError, type VolumeStorage } from '../disk/port.ts';
import { ActError, type Outcome } from '../flow/outcome.ts';
import type { KubeApi } from '../kube/calls/kube-api.ts';
import { finalizer } from '../model/names.ts';
import { baseAnnotations, labelsFor } from '../model/volume-object.ts';
import type { Decision } from './decision.ts';
import { type Notes, tellLossAgainMs } from './notes.ts';
import { type ProvisionTools, provision } from './provision.ts';
import { recordOf, type VolumeView } from './view.ts';

export interface VolumeTools extends ProvisionTools {
  kube: ProvisionTools['kube'] &
    Pick<KubeApi, 'giveNodeBack' | 'deleteVolume' | 'labelVolume' | 'addFinalizer' | 'removeFinalizer'>;
  storage: ProvisionTools['storage'] &
    Pick<VolumeStorage, 'adoptDirectory' | 'syncRecords' | 'trashDirectory' | 'retainDirectory'>;
  notes: ProvisionTools['notes'] & Pick<Notes, 'giveBack' | 'set'>;
}

type Executors = {
  [Action in Decision['action']]: (
    decision: Extract<Decision, { action: Action }>,
    view: VolumeView,
    tools: VolumeTools,
  ) => Promise<Outcome>;
};

const done: Outcome = { result: 'done' };

/** The volume has what it needed. A claim that waits still needs an answer. */
const needMet = ({ waits }: VolumeView): Outcome => (waits ? { result: 'waiting', afterMs: 0 } : done);

const executors: Executors = {
  ignore: async () => done,
  wait: async ({ afterMs }) => ({ result: 'waiting', ...(afterMs !== undefined && { afterMs }) }),
  refuse: async ({ reason, message }) => ({ result: 'refused', reason, message }),
  fail: async ({ reason, message, afterMs, cause }) => {
    throw new ActError(reason, message, { afterMs, cause });
  },
  provision: async ({ plan }, view, tools) => provision(plan, view, tools),
  confirm: async () => done,
  giveBack: async (_, { name, claim }, { kube, notes }) => {
    if (claim !== undefined) await kube.giveNodeBack(claim);
    notes.giveBack(name);
    return done;
  },
  undo: async (decision, { name }, { storage }) => undo(decision, name, storage),
  keep: async () => done,
  discard: async (_, { name }, { storage, notes, erase }) => {
    await storage.trashDirectory(name);
    notes.set(name, { abandonedSinceMs: undefined });
    erase(name);
    return done;
  },
  label: async ({ baseDirectory }, view, { kube, storage }) => {
    // The record may be of an unfinished adoption.
    await storage.syncRecords();
    await label(view, baseDirectory, kube);
    return needMet(view);
  },
  adopt: async ({ record, baseDirectory }, view, { kube, storage }) => {
    await storage.adoptDirectory(record);
    // The label comes last: it makes the volume one of ours, and later looks give it what else it needs.
    await label(view, baseDirectory, kube);
    return needMet(view);
  },
  cannotGrow: async () => done,
  reportLoss: async () => ({ result: 'waiting', afterMs: tellLossAgainMs }),
  protect: async (_, view, { kube }) => {
    if (view.object !== undefined) await kube.addFinalizer(view.object);
    return needMet(view);
  },
  retain: async (_, view, { kube, storage }) => {
    if (recordOf(view) !== undefined) await storage.retainDirectory(view.name);
    await removeFinalizer(view, kube);
    return needMet(view);
  },
  forget: async (_, { name }, { storage }) => {
    await storage.undoDirectory(name);
    return done;
  },
  delete: async (_, view, tools) => deleteVolume(view, tools),
  erase: async (_, { name }, { erase }) => {
    erase(name);
    return done;
  },
};

/** Executes the decision. Every step may be repeated. @throws {StorageError | ApiError | ActError} when a step fails */
export function act(decision: Decision, view: VolumeView, tools: VolumeTools): Promise<Outcome> {
  const execute = executors[decision.action] as (d: Decision, v: VolumeView, t: VolumeTools) => Promise<Outcome>;
  return execute(decision, view, tools);
}

/** Content of a directory came from a pod, so there was a volume once, and only a person can judge its worth. */
async function undo(
  { reason, objection }: { reason: string; objection?: string },
  volume: string,
  storage: VolumeTools['storage'],
): Promise<Outcome> {
  try {
    await storage.undoDirectory(volume);
  } catch (error) {
    if (!(error instanceof StorageError) || error.reason !== 'DirectoryNotEmpty') throw error;
    return { result: 'refused', reason: error.reason, message: error.message };
  }
  if (objection !== undefined) throw new ActError(reason, objection);
  return { result: 'waiting' };
}

/**
 * DELETE comes first, and succeeds only if the volume is still the version that was judged: so a concurrent change of its
 * policy is not missed. DELETE of a volume that is already being deleted proves the version and changes nothing. Our
 * finalizer keeps the object until the directory is out of reach, so that no directory outlives its object.
 */
async function deleteVolume(view: VolumeView, { kube, storage, notes, erase }: VolumeTools): Promise<Outcome> {
  const { name, object, volume } = view;
  notes.set(name, { deletingUid: volume?.uid });
  try {
    if (object !== undefined) await kube.deleteVolume(object);
    if (recordOf(view) !== undefined) await storage.trashDirectory(name);
    await removeFinalizer(view, kube);
  } catch (error) {
    notes.set(name, { deletingUid: undefined });
    throw error;
  }
  erase(name);
  return done;
}

async function label({ object, node }: VolumeView, base: BaseDirectory, kube: VolumeTools['kube']): Promise<void> {
  const marks = { labels: labelsFor(node.name), annotations: baseAnnotations(base) };
  if (object !== undefined) await kube.labelVolume(object, marks);
}

async function removeFinalizer({ object }: VolumeView, kube: VolumeTools['kube']): Promise<void> {
  if (object?.metadata?.finalizers?.includes(finalizer)) await kube.removeFinalizer(object);
}
