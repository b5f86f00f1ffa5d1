import type { VolumeStorage } from '../disk/port.ts';
import { ApiError, type KubeApi } from '../kube/calls/kube-api.ts';
import { shownClaim } from '../model/claim.ts';
import { volumeObject } from '../model/volume-object.ts';
import type { RestoreDecision } from './decide.ts';
import type { RestoreSources, RestoreView } from './observe.ts';

export interface RestoreTools extends RestoreSources {
  kube: RestoreSources['kube'] & Pick<KubeApi, 'createVolume'>;
  storage: RestoreSources['storage'] & Pick<VolumeStorage, 'restoreDirectory' | 'takeOver'>;
  /** Prints a line about a step that was done. */
  say: (line: string) => void;
}

type Deed = Exclude<RestoreDecision, { action: 'refuse' }>;

/** `superseded`: somebody else registered a volume of that name after the view was read. */
type Acted = 'done' | 'superseded';

type Executors = {
  [Action in Deed['action']]: (
    decision: Extract<Deed, { action: Action }>,
    view: RestoreView,
    tools: RestoreTools,
  ) => Promise<Acted>;
};

/** Every step may be repeated. @throws {StorageError | ApiError} when a step fails */
export function actOnRestore<Action extends Deed['action']>(
  decision: Extract<Deed, { action: Action }>,
  view: RestoreView,
  tools: RestoreTools,
): Promise<Acted> {
  return executors[decision.action](decision, view, tools);
}

const executors: Executors = {
  async confirm(_, { request }, { say }) {
    say(`volume ${request.volumeName} is already registered for claim ${shownClaim(request.claim)}: nothing to do`);
    return 'done';
  },

  async takeOver({ record, reclaimPolicy }, view, { storage, say }) {
    const { request } = view;
    const { path } = await storage.takeOver(record);
    say(
      `volume ${request.volumeName} is already registered for claim ${shownClaim(request.claim)}, with reclaim policy ${reclaimPolicy}`,
    );
    say(`directory ${path} ${newOwner(view)}`);
    return 'done';
  },

  /** First the directory and its record, durably, then the volume, as for a new claim. */
  async restore({ from, plan }, view, { kube, storage, say }) {
    const { volume, class: className } = plan.record;
    if (from === 'trash') await storage.restoreDirectory(volume);
    const directory = await storage.takeOver(plan.record);
    say(`directory ${directory.path} is in its place, and the daemon keeps it`);
    if (view.record?.cluster !== view.cluster) say(`it ${newOwner(view)}`);
    try {
      await kube.createVolume(volumeObject(plan, directory));
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'AlreadyExists') return 'superseded';
      throw error;
    }
    const claim = `claim ${shownClaim(view.request.claim)}`;
    say(`volume ${volume} is registered for ${claim}, with reclaim policy Retain`);
    const request = `class ${className}, access modes ${plan.accessModes.join(', ')} and at most ${plan.capacity}`;
    if (plan.claim.uid === undefined) say(`create ${claim} now, with ${request}`);
    return 'done';
  },
};

function newOwner({ record }: RestoreView): string {
  const earlier = record?.cluster === undefined ? 'an unknown cluster' : `cluster ${record.cluster}`;
  return `belonged to ${earlier}, and belongs to this cluster now`;
}
