import { join } from 'node:path';
import type { Claim } from '../model/claim.ts';
import { quantityBytes } from '../model/quantity.ts';
import { isMadeBy, type Volume } from '../model/volume.ts';
import type { VolumePlan } from '../model/volume-object.ts';
import type { VolumeRecord, VolumeTemplate } from '../model/volume-record.ts';
import type { RestoreView } from './observe.ts';

export type RestoreDecision =
  /** Nothing is touched; `message` says why, and what to do. */
  | { action: 'refuse'; message: string }
  /** An earlier try got to the end. */
  | { action: 'confirm' }
  /** Directory back to its place, then the volume. */
  | { action: 'restore'; plan: VolumePlan };

/** The order of checks is behaviour: what there is, whose it is, whether the claim can have it. */
export function decideRestore(view: RestoreView): RestoreDecision {
  const { request, record, place, volume, claim } = view;
  const { volumeName, nodeName } = request;
  if (record === undefined || place === 'nowhere') return refuse(notThere(view));
  if (record.node !== nodeName) {
    return refuse(`${volumeName} belongs to node "${record.node}", and this is "${nodeName}": run it there`);
  }
  if (volume !== undefined) return decideWithVolume(volume, record, view);
  if (place === 'base' && record.reclaimPolicy !== 'Retain') {
    return refuse(`${volumeName} is not in the trash: its directory was never removed`);
  }
  const { template } = record;
  if (template === undefined || (place === 'trash' && record.retention === undefined)) {
    return refuse(`${volumeName} was made without the class parameter trashRetention: it cannot be restored`);
  }
  const objection = claim === undefined ? undefined : objectionTo(claim, template, view);
  if (objection !== undefined) return refuse(objection);
  const plan: VolumePlan = {
    ...template,
    record: { ...record, reclaimPolicy: 'Retain' },
    claim: claim === undefined ? request.claim : { ...request.claim, uid: claim.uid },
    reclaimPolicy: 'Retain',
  };
  return { action: 'restore', plan };
}

function notThere({ request, record, place, baseDirectory }: RestoreView): string {
  const { volumeName } = request;
  if (record === undefined && place === 'trash') return `${volumeName} is being erased: it cannot be restored any more`;
  if (record === undefined && place === 'base') {
    return `${join(baseDirectory.path, volumeName)} has no record in the journal: this provisioner did not make it`;
  }
  return `${volumeName} is not in the trash of ${baseDirectory.path}: "hostpath-provisioner trash" lists what is, on each node`;
}

/** There is an object of that name: the end of an earlier try, or something that is in the way. */
function decideWithVolume(volume: Volume, record: VolumeRecord, view: RestoreView): RestoreDecision {
  const { request, place, baseDirectory } = view;
  const { name } = volume;
  if (volume.deleting || place === 'trash') {
    return refuse(`PersistentVolume "${name}" is still there: wait until it is gone (kubectl describe pv ${name})`);
  }
  const isOurs =
    isMadeBy(volume, request.nodeName, [record.template?.provisioner ?? '']) &&
    volume.path === join(baseDirectory.path, name) &&
    record.reclaimPolicy === 'Retain';
  const isForThisClaim =
    volume.claim?.namespace === request.claim.namespace && volume.claim.name === request.claim.name;
  if (isOurs && isForThisClaim) {
    const { uid } = volume.claim ?? {};
    if (!uid || uid === view.claim?.uid) return { action: 'confirm' };
    const advice = `delete that volume (kubectl delete pv ${name}), whose directory stays, and run this again`;
    return refuse(`PersistentVolume "${name}" stands for an earlier claim of that name, which is gone: ${advice}`);
  }
  const owner = volume.claim === undefined ? 'no claim' : `claim ${volume.claim.namespace}/${volume.claim.name}`;
  return refuse(
    `PersistentVolume "${name}" exists, for ${owner}, and was not restored for this one: it is left as it is`,
  );
}

/** Why Kubernetes would not bind the claim to the volume. */
function objectionTo(claim: Claim, template: VolumeTemplate, view: RestoreView): string | undefined {
  const { record, request } = view;
  const { volumeName } = request;
  const shown = `claim ${claim.namespace}/${claim.name}`;
  if (claim.deleting) return `${shown} is being deleted: wait until it is gone, or name another`;
  if (claim.volumeName !== undefined && claim.volumeName !== volumeName) {
    const advice = 'stop its pods, delete it, restore, and then make it again; or name another';
    return `${shown} has the volume ${claim.volumeName} already: ${advice}`;
  }
  if (claim.className !== record?.class) {
    return `${shown} has the class "${claim.className ?? ''}", and ${volumeName} "${record?.class}": name a claim of that class`;
  }
  const missing = claim.accessModes.filter((mode) => !template.accessModes.includes(mode));
  if (missing.length > 0) {
    return `${shown} asks for ${missing.join(', ')}, and ${volumeName} has ${template.accessModes.join(', ')} only: name another claim`;
  }
  const isTooSmall = (quantityBytes(claim.requestedStorage) ?? 0) > (quantityBytes(template.capacity) ?? Infinity);
  if (isTooSmall) {
    return `${shown} asks for ${claim.requestedStorage}, and ${volumeName} has ${template.capacity}: name another claim`;
  }
  return undefined;
}

const refuse = (message: string): RestoreDecision => ({ action: 'refuse', message });
