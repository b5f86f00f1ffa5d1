import { ApiError, type KubeApi } from '../kube/kube-api.ts';
import { type VolumePlan, volumeObject } from '../model/volume-object.ts';
import type { VolumeStorage } from '../storage/volume-storage.ts';
import { decideRestore } from './decide.ts';
import { observeRestore, type RestoreRequest, type RestoreSources } from './observe.ts';

export interface RestoreTools extends RestoreSources {
  kube: RestoreSources['kube'] & Pick<KubeApi, 'createVolume'>;
  storage: RestoreSources['storage'] & Pick<VolumeStorage, 'restoreDirectory'>;
  /** Tells the user what has been done, in a line each. */
  say: (line: string) => void;
}

/**
 * Has a volume back from the trash. It runs beside the daemon, which leaves a directory alone whose record says `Retain`.
 * Every step may be repeated: after a failure or a crash, the same call goes on where it was.
 * @returns why nothing was done, or undefined
 * @throws {StorageError | ApiError} when a step fails
 */
export async function restoreVolume(request: RestoreRequest, tools: RestoreTools): Promise<string | undefined> {
  const decision = decideRestore(await observeRestore(request, tools));
  const { volumeName, claim } = request;
  const shownClaim = `${claim.namespace}/${claim.name}`;
  switch (decision.action) {
    case 'refuse':
      return decision.message;
    case 'confirm':
      tools.say(`volume ${volumeName} is registered for claim ${shownClaim} already: nothing to do`);
      return undefined;
    case 'restore':
      return restore(decision.plan, request, tools);
  }
}

/** First the directory, durably, then the volume, as when it was new. */
async function restore(plan: VolumePlan, request: RestoreRequest, tools: RestoreTools): Promise<string | undefined> {
  const { kube, storage, say } = tools;
  const { volume } = plan.record;
  const directory = await storage.restoreDirectory(volume);
  say(`directory ${directory.path} is in its place, and stays there`);
  try {
    await kube.createVolume(volumeObject(plan, directory));
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'AlreadyExists') return restoreVolume(request, tools);
    throw error;
  }
  const claim = `${plan.claim.namespace}/${plan.claim.name}`;
  say(`volume ${volume} is registered for claim ${claim}, with reclaim policy Retain`);
  const { class: className } = plan.record;
  const wish = `class ${className}, access modes ${plan.accessModes.join(', ')}, at most ${plan.capacity}`;
  if (plan.claim.uid === undefined) say(`make the claim ${claim} now: ${wish}`);
  return undefined;
}
