import type { VolumeStorage } from '../disk/port.ts';
import { ApiError, type KubeApi } from '../kube/calls/kube-api.ts';
import { volumeObject } from '../model/volume-object.ts';
import { decideRestore, type RestoreDecision } from './decide.ts';
import { observeRestore, type RestoreRequest, type RestoreSources, type RestoreView } from './observe.ts';

export interface RestoreTools extends RestoreSources {
  kube: RestoreSources['kube'] & Pick<KubeApi, 'createVolume'>;
  storage: RestoreSources['storage'] & Pick<VolumeStorage, 'restoreDirectory' | 'takeOver'>;
  /** Tells the user what has been done, in a line each. */
  say: (line: string) => void;
}

/**
 * Gives the directory of a volume to a claim: one from the trash, or one that lies in its place and that no claim of this
 * cluster has. It runs beside the daemon, which leaves a directory alone whose record says `Retain`. Every step may be
 * repeated: after a failure or a crash, the same call goes on where it was.
 * @returns why nothing was done, or undefined
 * @throws {StorageError | ApiError} when a step fails
 */
export async function restoreVolume(request: RestoreRequest, tools: RestoreTools): Promise<string | undefined> {
  const view = await observeRestore(request, tools);
  const decision = decideRestore(view);
  const { volumeName, claim } = request;
  const shownClaim = `${claim.namespace}/${claim.name}`;
  switch (decision.action) {
    case 'refuse':
      return decision.message;
    case 'confirm':
      tools.say(`volume ${volumeName} is registered for claim ${shownClaim} already: nothing to do`);
      return undefined;
    case 'takeOver': {
      const { path } = await tools.storage.takeOver(decision.record);
      tools.say(
        `volume ${volumeName} is registered for claim ${shownClaim} already, with reclaim policy ${decision.reclaimPolicy}`,
      );
      tools.say(`directory ${path} ${newOwner(view)}`);
      return undefined;
    }
    case 'restore':
      return restore(decision, view, tools);
  }
}

/** First the directory and its record, durably, then the volume, as when it was new. */
async function restore(
  { from, plan }: Extract<RestoreDecision, { action: 'restore' }>,
  view: RestoreView,
  tools: RestoreTools,
): Promise<string | undefined> {
  const { kube, storage, say } = tools;
  const { volume } = plan.record;
  if (from === 'trash') await storage.restoreDirectory(volume);
  const directory = await storage.takeOver(plan.record);
  say(`directory ${directory.path} is in its place, and stays there`);
  if (view.record?.cluster !== view.cluster) say(`it ${newOwner(view)}`);
  try {
    await kube.createVolume(volumeObject(plan, directory));
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'AlreadyExists') return restoreVolume(view.request, tools);
    throw error;
  }
  const claim = `${plan.claim.namespace}/${plan.claim.name}`;
  say(`volume ${volume} is registered for claim ${claim}, with reclaim policy Retain`);
  const { class: className } = plan.record;
  const wish = `class ${className}, access modes ${plan.accessModes.join(', ')}, at most ${plan.capacity}`;
  if (plan.claim.uid === undefined) say(`make the claim ${claim} now: ${wish}`);
  return undefined;
}

function newOwner({ record }: RestoreView): string {
  const earlier = record?.cluster === undefined ? 'a cluster that is not known' : `cluster ${record.cluster}`;
  return `belonged to ${earlier}, and belongs to this cluster now`;
}
