import { type BaseDirectory, StorageError, type VolumeStorage } from '../disk/port.ts';
import { ActError, type Outcome } from '../flow/outcome.ts';
import type { KubeApi } from '../kube/calls/kube-api.ts';
import { finalizer } from '../model/names.ts';
import { baseAnnotations, labelsFor } from '../model/volume-object.ts';
import { type CloneOutcome, type CloneTools, clone } from './clone.ts';
import type { Decision } from './decision.ts';
import { type GrowthTools, grow, refuseGrowth } from './grow.ts';
import { type Notes, tellLossAgainMs } from './notes.ts';
import type { Pool, Pools } from './pools.ts';
import { type PoolStorage, type ProvisionTools, provision } from './provision.ts';
import { wantsGrowth } from './rules/grow.ts';
import { recordOf, type VolumeView } from './view.ts';

export interface VolumeTools extends Omit<ProvisionTools, 'pools'>, Omit<CloneTools, 'pools'> {
  kube: ProvisionTools['kube'] &
    GrowthTools['kube'] &
    Pick<KubeApi, 'giveNodeBack' | 'deleteVolume' | 'labelVolume' | 'addFinalizer' | 'removeFinalizer'>;
  pools: Pools<ToolStorage>;
  notes: ProvisionTools['notes'] & Pick<Notes, 'giveBack' | 'set' | 'hasToldTrouble'>;
}

/** The outcome of a look, with what it found of a copy. */
export type VolumeOutcome = CloneOutcome;

type ToolStorage = PoolStorage &
  Pick<
    VolumeStorage,
    'growDirectory' | 'adoptDirectory' | 'syncRecords' | 'trashDirectory' | 'retainDirectory' | 'cloneDirectory'
  >;

/** The pool that the volume lies in. Decisions about a volume that lies in no pool change nothing on a disk. */
const poolOf = ({ pool, name }: VolumeView, { pools }: Pick<VolumeTools, 'pools'>): Pool<ToolStorage> => {
  if (pool === undefined) throw new Error(`volume ${name} lies in no pool`);
  return pools.named(pool);
};

const storageOf = (view: VolumeView, tools: Pick<VolumeTools, 'pools'>): ToolStorage => poolOf(view, tools).storage;

type Executors = {
  [Action in Decision['action']]: (
    decision: Extract<Decision, { action: Action }>,
    view: VolumeView,
    tools: VolumeTools,
  ) => Promise<VolumeOutcome>;
};

const done: Outcome = { result: 'done' };

/** The volume has what it needed. A claim that waits, or asks for more, still needs an answer. */
function needMet({ waits, livingClaim, volume }: VolumeView): Outcome {
  const isAsking = waits || (livingClaim !== undefined && volume !== undefined && wantsGrowth(livingClaim, volume));
  return isAsking ? { result: 'waiting', afterMs: 0 } : done;
}

const executors: Executors = {
  ignore: async () => done,
  wait: async ({ afterMs }) => ({ result: 'waiting', ...(afterMs !== undefined && { afterMs }) }),
  refuse: async ({ reason, message }) => ({ result: 'refused', reason, message }),
  fail: async ({ reason, message, afterMs, cause }) => {
    throw new ActError(reason, message, { afterMs, cause });
  },
  provision: async ({ plan, pool }, view, tools) => provision(plan, pool, view, tools),
  clone: async (decision, view, tools) => clone(decision, view, tools),
  confirm: async () => done,
  giveBack: async (_, { name, claim }, { kube, notes }) => {
    if (claim !== undefined) await kube.giveNodeBack(claim);
    notes.giveBack(name);
    return done;
  },
  undo: async (decision, view, tools) => undo(decision, view, tools),
  undoStray: async ({ reason, pool }, view, { pools }) => {
    const outcome = await removeUnused({ reason }, view.name, pools.named(pool).storage);
    return outcome.result === 'waiting' ? { result: 'waiting', afterMs: 0 } : outcome; // the volume may need more
  },
  keep: async () => done,
  discard: async (_, view, tools) => {
    const { name } = view;
    const { notes, erase } = tools;
    await storageOf(view, tools).trashDirectory(name);
    notes.set(name, { abandonedSinceMs: undefined });
    erase(name);
    return done;
  },
  label: async ({ baseDirectory }, view, tools) => {
    // The record may be of an unfinished adoption.
    await storageOf(view, tools).syncRecords();
    await label(view, baseDirectory, tools.kube);
    return needMet(view);
  },
  adopt: async ({ record, baseDirectory }, view, tools) => {
    await storageOf(view, tools).adoptDirectory(record);
    // The label comes last: it makes the volume one of ours, and later looks give it what else it needs.
    await label(view, baseDirectory, tools.kube);
    return needMet(view);
  },
  grow: async ({ plan }, view, tools) => grow(plan, view, { kube: tools.kube, ...poolOf(view, tools) }),
  cannotGrow: async (decision, view, tools) => refuseGrowth(decision, view, tools),
  reportLoss: async () => ({ result: 'waiting', afterMs: tellLossAgainMs }),
  protect: async (_, view, { kube }) => {
    if (view.object !== undefined) await kube.addFinalizer(view.object);
    return needMet(view);
  },
  retain: async (_, view, tools) => {
    if (recordOf(view) !== undefined) await storageOf(view, tools).retainDirectory(view.name);
    await removeFinalizer(view, tools.kube);
    return needMet(view);
  },
  forget: async (_, view, tools) => {
    await storageOf(view, tools).undoDirectory(view.name);
    return done;
  },
  delete: async (_, view, tools) => deleteVolume(view, tools),
  erase: async (_, { name }, { erase }) => {
    erase(name);
    return done;
  },
};

/** Executes the decision. Every step may be repeated. @throws {StorageError | ApiError | ActError} when a step fails */
export function act(decision: Decision, view: VolumeView, tools: VolumeTools): Promise<VolumeOutcome> {
  const execute = executors[decision.action] as (d: Decision, v: VolumeView, t: VolumeTools) => Promise<VolumeOutcome>;
  return execute(decision, view, tools);
}

async function undo(
  decision: { reason: string; objection?: string },
  view: VolumeView,
  tools: VolumeTools,
): Promise<Outcome> {
  const { name } = view;
  if (view.pool === undefined) return nothingLeft(decision); // nothing was begun on any disk
  try {
    return await removeUnused(decision, name, storageOf(view, tools));
  } finally {
    // An unfinished copy is in the trash now.
    if (recordOf(view)?.source !== undefined) tools.erase(name);
  }
}

/** Content of a directory came from a pod, so there was a volume once, and only a person can judge its worth. */
async function removeUnused(
  { reason, objection }: { reason: string; objection?: string },
  volume: string,
  storage: PoolStorage,
): Promise<Outcome> {
  try {
    await storage.undoDirectory(volume);
  } catch (error) {
    if (!(error instanceof StorageError) || error.reason !== 'DirectoryNotEmpty') throw error;
    return { result: 'refused', reason: error.reason, message: error.message };
  }
  return nothingLeft({ reason, ...(objection !== undefined && { objection }) });
}

function nothingLeft({ reason, objection }: { reason: string; objection?: string }): Outcome {
  if (objection !== undefined) throw new ActError(reason, objection);
  return { result: 'waiting' };
}

/**
 * DELETE comes first, and succeeds only if the volume is still the version that was judged: so a concurrent change of its
 * policy is not missed. DELETE of a volume that is already being deleted proves the version and changes nothing. Our
 * finalizer keeps the object until the directory is out of reach, so that no directory outlives its object.
 */
async function deleteVolume(view: VolumeView, tools: VolumeTools): Promise<Outcome> {
  const { kube, notes, erase } = tools;
  const { name, object, volume } = view;
  notes.set(name, { deletingUid: volume?.uid });
  try {
    if (object !== undefined) await kube.deleteVolume(object);
    if (recordOf(view) !== undefined) await storageOf(view, tools).trashDirectory(name);
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
