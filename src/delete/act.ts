import type { BaseDirectory, VolumeStorage } from '../disk/port.ts';
import { failureOf } from '../flow/failure.ts';
import type { Outcome } from '../flow/outcome.ts';
import type { KubeApi } from '../kube/calls/kube-api.ts';
import type { ClaimReference } from '../model/claim.ts';
import { finalizer } from '../model/names.ts';
import { baseAnnotations, labelsFor } from '../model/volume-object.ts';
import type { DeleteDecision } from './decide.ts';
import { tellLossAgainMs } from './lost-volumes.ts';
import { recordOf, type VolumeView } from './observe.ts';

export interface DeleteTools {
  kube: Pick<KubeApi, 'deleteVolume' | 'labelVolume' | 'addFinalizer' | 'removeFinalizer'>;
  storage: Pick<
    VolumeStorage,
    'adoptDirectory' | 'syncRecords' | 'undoDirectory' | 'trashDirectory' | 'retainDirectory'
  >;
  /** Has the flow of a claim look at it. */
  askClaim: (claim: ClaimReference) => void;
  /** Has the trash of a volume erased, some time. */
  erase: (volume: string) => void;
  /** Has what the watch tells of a deed that deletes the volume not be looked at. */
  withoutEcho: (volume: { name: string; uid: string | undefined }, deed: () => Promise<void>) => Promise<void>;
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
  askClaim: async ({ claim }, _, { askClaim }) => {
    askClaim(claim);
    return done;
  },
  keep: async () => done,
  fail: async ({ error }) => failureOf(error),
  refuse: async ({ reason, message }) => ({ result: 'refused', reason, message }),
  label: async ({ baseDirectory }, view, { kube, storage }) => {
    // The record may be of an adoption that got no further.
    await storage.syncRecords();
    await label(view, baseDirectory, kube);
    return done;
  },
  adopt: async ({ record, baseDirectory }, view, { kube, storage }) => {
    await storage.adoptDirectory(record);
    // The label comes last: with it, the volume is one of ours, and whatever else it needs follows.
    await label(view, baseDirectory, kube);
    return done;
  },
  cannotGrow: async () => done,
  report: async () => ({ result: 'waiting', afterMs: tellLossAgainMs }),
  protect: async (_, { object }, { kube }) => {
    if (object !== undefined) await kube.addFinalizer(object);
    return done;
  },
  retain: async (_, view, { kube, storage }) => {
    if (recordOf(view.disk) !== undefined) await storage.retainDirectory(view.name);
    await removeFinalizer(view, kube);
    return done;
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

/**
 * Does what was decided. Every step may be repeated.
 * @throws {StorageError | ApiError} when a step fails; the steps before it need not be done again, but may
 */
export function actOnVolume(decision: DeleteDecision, view: VolumeView, tools: DeleteTools): Promise<Outcome> {
  const execute = executors[decision.action] as (d: DeleteDecision, v: VolumeView, t: DeleteTools) => Promise<Outcome>;
  return execute(decision, view, tools);
}

/**
 * The API server is asked first, and agrees only if the volume is still the version that was judged: a policy that was
 * changed meanwhile is not overlooked. DELETE of a volume that is being deleted already proves the version and changes
 * nothing. Our finalizer keeps the object until the directory is out of reach, so that no directory outlives the object
 * that tells of it.
 */
async function deleteVolume(view: VolumeView, { kube, storage, erase, withoutEcho }: DeleteTools): Promise<Outcome> {
  const { name, object, volume } = view;
  await withoutEcho({ name, uid: volume?.uid }, async () => {
    if (object !== undefined) await kube.deleteVolume(object);
    if (recordOf(view.disk) !== undefined) await storage.trashDirectory(name);
    await removeFinalizer(view, kube);
  });
  erase(name);
  return done;
}

async function label(
  { object, nodeName }: VolumeView,
  baseDirectory: BaseDirectory,
  kube: DeleteTools['kube'],
): Promise<void> {
  const marks = { labels: labelsFor(nodeName), annotations: baseAnnotations(baseDirectory) };
  if (object !== undefined) await kube.labelVolume(object, marks);
}

async function removeFinalizer({ object }: VolumeView, kube: DeleteTools['kube']): Promise<void> {
  if (object?.metadata?.finalizers?.includes(finalizer)) await kube.removeFinalizer(object);
}
