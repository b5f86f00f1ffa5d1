import { type MadeDirectory, StorageError, type VolumeStorage } from '../disk/port.ts';
import { ActError, type Outcome } from '../flow/outcome.ts';
import { ApiError, type ApiErrorReason, type KubeApi } from '../kube/calls/kube-api.ts';
import { type ClaimReference, claimOf } from '../model/claim.ts';
import { volumeNameFor } from '../model/names.ts';
import { type ProvisionPlan, volumeObject } from '../model/volume-object.ts';
import type { Abandonments } from './abandonments.ts';
import { judgeVolume, type ProvisionDecision } from './decide.ts';
import type { Doubts } from './doubts.ts';
import type { GiveBacks } from './give-backs.ts';
import { type ClaimView, readVolume } from './observe.ts';
import type { Shortages } from './shortages.ts';

export interface ProvisionTools {
  kube: Pick<KubeApi, 'createVolume' | 'readVolume' | 'readClaim' | 'giveNodeBack'>;
  storage: Pick<VolumeStorage, 'makeDirectory' | 'undoDirectory' | 'trashDirectory'>;
  doubts: Pick<Doubts, 'note'>;
  abandonments: Pick<Abandonments, 'forget'>;
  giveBacks: Pick<GiveBacks, 'note'>;
  shortages: Pick<Shortages, 'note' | 'forget'>;
  /** Whether the claim waits for this daemon still, by the watch's word. */
  isPending: (claim: ClaimReference) => boolean;
  /** Has the trash of a volume erased, some time. */
  erase: (volume: string) => void;
}

type Executors = {
  [Action in ProvisionDecision['action']]: (
    decision: Extract<ProvisionDecision, { action: Action }>,
    view: ClaimView,
    tools: ProvisionTools,
  ) => Promise<Outcome>;
};

const done: Outcome = { result: 'done' };
const lookAgain: Outcome = { result: 'waiting', afterMs: 0 };
const waitForChange: Outcome = { result: 'waiting' };

const executors: Executors = {
  ignore: async () => done,
  wait: async ({ afterMs }) => ({ result: 'waiting', ...(afterMs !== undefined && { afterMs }) }),
  refuse: async ({ reason, message }) => ({ result: 'refused', reason, message }),
  confirm: async () => done,
  keep: async () => done,
  undo: async (decision, { reference }, { storage }) => undo(decision, volumeNameFor(reference.uid), storage),
  discard: async (_, { reference }, { storage, abandonments, erase }) => {
    const volume = volumeNameFor(reference.uid);
    await storage.trashDirectory(volume);
    abandonments.forget(volume);
    erase(volume);
    return done;
  },
  fail: async ({ reason, message, afterMs }) => {
    throw new ActError(reason, message, { afterMs });
  },
  giveBack: async (_, view, tools) => giveBack(view, tools),
  provision: async ({ plan }, view, tools) => provision(plan, view, tools),
};

/**
 * Does what was decided. Every step may be repeated.
 * @throws {StorageError | ApiError | ActError} when a step fails; what was begun stays in the journal for the next try
 */
export function actOnClaim(decision: ProvisionDecision, view: ClaimView, tools: ProvisionTools): Promise<Outcome> {
  const execute = executors[decision.action] as (
    d: ProvisionDecision,
    v: ClaimView,
    t: ProvisionTools,
  ) => Promise<Outcome>;
  return execute(decision, view, tools);
}

/** What is in a directory came from a pod, so there was a volume once, and only a person can know what it is worth. */
async function undo(
  { reason, objection }: { reason: string; objection?: string },
  volume: string,
  storage: ProvisionTools['storage'],
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

/** Another node won since the claim was looked at, or it went: a volume of ours would be refused, or one that nobody wants. */
const waitsNoMore = ({ pending, reference }: ClaimView, { isPending }: ProvisionTools): boolean =>
  pending && !isPending(reference);

/** First the directory, durably, then the volume: nobody may see a volume whose directory is not there. */
async function provision(plan: ProvisionPlan, view: ClaimView, tools: ProvisionTools): Promise<Outcome> {
  const { kube, storage } = tools;
  const { directoryMode: mode, directoryOwner: owner } = plan.parameters;
  const directory = await noteShortage(plan, tools, () => storage.makeDirectory(plan.record, { mode, owner }));
  if (waitsNoMore(view, tools)) return lookAgain;
  try {
    await kube.createVolume(volumeObject(plan, directory));
    return done;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.reason === 'AlreadyExists') return settleWithExisting(view, directory, tools);
    if (error.reason === 'Unknown') tools.doubts.note(plan.record.volume);
    // Only an answer that rules the volume out allows the undoing, and none before it may have left that open.
    if (rulesOut.has(error.reason) && view.inDoubtForMs === 0) await storage.undoDirectory(plan.record.volume);
    // Not the ordinary conflict of two changes, which is simply tried again: nothing was there to change.
    if (error.reason === 'Conflict') throw new ActError('CreationConflict', error.message, { cause: error });
    throw error;
  }
}

/** What makes the directory of a plan, and notes whether there was space for it: another node may have more. */
async function noteShortage<T>(
  { record }: ProvisionPlan,
  { shortages }: ProvisionTools,
  make: () => Promise<T>,
): Promise<T> {
  try {
    const made = await make();
    shortages.forget(record.volume);
    return made;
  } catch (error) {
    if (error instanceof StorageError && error.reason === 'NoSpace') shortages.note(record.volume, error.message);
    throw error;
  }
}

/** A volume that was registered without our knowledge, with its record on a disk that is missing, shows after this time, in milliseconds. */
const unknownVolumeRecheckMs = 1_000;

/** Only while the claim is as it was judged, and the API server has no volume for it. */
async function giveBack(view: ClaimView, tools: ProvisionTools): Promise<Outcome> {
  const { kube, giveBacks, shortages } = tools;
  const { namespace, name, uid } = view.reference;
  const object = await kube.readClaim(namespace, name);
  const claim = object && claimOf(object);
  const isAsJudged = claim?.uid === uid && claim.selectedNode === view.claim?.selectedNode;
  if (object === undefined || !isAsJudged || claim.volumeName !== undefined || claim.deleting) return waitForChange;
  const volume = await readVolume(view.reference, tools);
  if (volume !== undefined) {
    const judged = judgeVolume(volume, view);
    if (judged.action === 'confirm') return { result: 'waiting', afterMs: unknownVolumeRecheckMs };
    return actOnClaim(judged, view, tools);
  }
  await kube.giveNodeBack(object);
  giveBacks.note(volumeNameFor(uid));
  shortages.forget(volumeNameFor(uid));
  return done;
}

const rulesOut: ReadonlySet<ApiErrorReason> = new Set([
  'Invalid',
  'Forbidden',
  'Unauthorized',
  'NotFound',
  'Conflict',
  'Refused',
]);

/** A volume of that name was there first: our own from an earlier try, another node's, or somebody else's. */
async function settleWithExisting(
  view: ClaimView,
  { path, baseDirectory }: MadeDirectory,
  tools: ProvisionTools,
): Promise<Outcome> {
  const volume = await readVolume(view.reference, tools);
  if (volume === undefined) {
    if (waitsNoMore(view, tools)) return lookAgain;
    throw new ActError('VolumeVanished', 'a volume of that name was there and is gone: trying again');
  }
  const judged = judgeVolume(volume, view);
  // A disk was replaced since: an empty directory must not pass for the one that the volume was made with.
  if (judged.action === 'confirm' && (volume.baseDirectoryId ?? baseDirectory.id) !== baseDirectory.id) {
    await tools.storage.undoDirectory(volume.name);
    const message = `PersistentVolume "${volume.name}" was made for this claim in the base directory with id ${volume.baseDirectoryId}, but ${path} would lie in the one with id ${baseDirectory.id}: mount the disk that was there, or delete the claim and make it again`;
    throw new ActError('AnotherBaseDirectory', message);
  }
  return actOnClaim(judged, view, tools);
}
