import { join } from 'node:path';
import type { Claim } from '../model/claim.ts';
import { readClassParameters } from '../model/class-parameters.ts';
import { hostnameLabel } from '../model/names.ts';
import { quantityBytes } from '../model/quantity.ts';
import { isMadeBy, mayLieIn, type Volume } from '../model/volume.ts';
import { templateOf, type VolumePlan } from '../model/volume-object.ts';
import type { VolumeRecord, VolumeTemplate } from '../model/volume-record.ts';
import type { RestoreView } from './observe.ts';

export type RestoreDecision =
  /** Nothing is touched; `message` says why, and what to do. */
  | { action: 'refuse'; message: string }
  /** An earlier try got to the end. */
  | { action: 'confirm' }
  /** The claim has the volume already, as after a backup was restored into this cluster: only the record is of another cluster. */
  | { action: 'takeOver'; record: VolumeRecord; reclaimPolicy: string }
  /** The directory goes back to its place if it is in the trash, its record becomes one of this cluster, then comes the volume. */
  | { action: 'restore'; from: 'trash' | 'base'; plan: VolumePlan };

/** The order of checks is behaviour: what there is, whose it is, whether the claim can have it. */
export function decideRestore(view: RestoreView): RestoreDecision {
  const { request, record, place, volume, claim } = view;
  const { volumeName, nodeName } = request;
  if (record === undefined || place === 'nowhere') return refuse(notThere(view));
  if (record.node !== nodeName) {
    return refuse(`${volumeName} belongs to node "${record.node}", and this is "${nodeName}": run it there`);
  }
  if (volume !== undefined) return decideWithVolume(volume, record, view);
  if (view.ownClaimLives && !asksForItsOwn(view)) {
    const own = `${record.claim.namespace}/${record.claim.name}`;
    return refuse(
      `${volumeName} belongs to claim ${own}, which lives in this cluster: delete that claim before another one can have the directory`,
    );
  }
  const notFree = claim === undefined ? undefined : objectionToState(claim, volumeName);
  if (notFree !== undefined) return refuse(notFree);
  const [rival] = view.rivals;
  if (rival !== undefined) return refuse(inTheWay(rival, view));
  if (place === 'trash' && record.retention === undefined) {
    return refuse(`${volumeName} was made without the class parameter trashRetention: it cannot be restored`);
  }
  const hostname = view.nodeLabels?.[hostnameLabel];
  if (hostname === undefined) return refuse(withoutHostname(view));
  const found = record.template ?? templateFor(record, hostname, view);
  if (typeof found === 'string') return refuse(found);
  const objection = claim === undefined ? undefined : objectionTo(claim, found, view);
  if (objection !== undefined) return refuse(objection);
  const template: VolumeTemplate = { ...found, hostname };
  const plan: VolumePlan = {
    ...template,
    record: { ...ofThisCluster(record, view), template },
    claim: claim === undefined ? request.claim : { ...request.claim, uid: claim.uid },
    reclaimPolicy: 'Retain',
  };
  return { action: 'restore', from: place, plan };
}

/** From now on the directory is one of this cluster, and stays whatever becomes of its volume. */
function ofThisCluster({ trashedAt: _, ...record }: VolumeRecord, { cluster }: RestoreView): VolumeRecord {
  return { ...record, cluster, reclaimPolicy: 'Retain' };
}

/** The claim that the volume was made for has lost its volume object, and is to have it again. */
function asksForItsOwn({ record, claim, request }: RestoreView): boolean {
  return claim?.uid === record?.claim.uid && claim?.volumeName === request.volumeName;
}

/** One directory is never given to two claims, nor two volumes to one claim. */
function inTheWay(rival: Volume, { request }: RestoreView): string {
  const { volumeName, claim } = request;
  const { name } = rival;
  return mayLieIn(rival, volumeName)
    ? `PersistentVolume "${name}" lies at ${rival.path}, in the directory of ${volumeName}: delete that volume first, with reclaim policy Retain (kubectl describe pv ${name})`
    : `PersistentVolume "${name}" is for claim ${claim.namespace}/${claim.name} already: delete that volume first (kubectl delete pv ${name}), or name another claim`;
}

function withoutHostname({ request, nodeLabels }: RestoreView): string {
  const { nodeName } = request;
  return nodeLabels === undefined
    ? `node "${nodeName}" does not exist in this cluster: give the name that "kubectl get nodes" shows`
    : `node "${nodeName}" has no label ${hostnameLabel}, by which a volume is tied to its node: label the node`;
}

/** What the volume of an earlier version's record was like, as its class and the claim tell; in words, why they do not. */
function templateFor(
  record: VolumeRecord,
  hostname: string,
  { request, claim, class: cls }: RestoreView,
): VolumeTemplate | string {
  const { volumeName } = request;
  const shownClaim = `${request.claim.namespace}/${request.claim.name}`;
  const noted = `the record of ${volumeName}, of an earlier version, does not say what size and access modes it had`;
  if (claim === undefined) {
    return `${noted}: create claim ${shownClaim} with storageClassName "${record.class}", spec.volumeName "${volumeName}", and the size and access modes that it had; then run the same command again`;
  }
  if (cls === undefined) {
    return `StorageClass "${record.class}" does not exist, and ${noted}: create the class, then run the same command again`;
  }
  const parameters = readClassParameters(cls.parameters);
  if ('problems' in parameters) {
    return `StorageClass "${cls.name}": ${parameters.problems.join('; ')}. Delete the class and create it without them; then run the same command again`;
  }
  return templateOf(claim, cls, parameters, hostname);
}

function notThere({ request, record, place, baseDirectory }: RestoreView): string {
  const { volumeName } = request;
  if (record === undefined && place === 'trash') return `${volumeName} is being erased: it cannot be restored any more`;
  if (record === undefined && place === 'base') {
    return `${join(baseDirectory.path, volumeName)} has no record in the journal: this provisioner did not make it`;
  }
  return `${volumeName} is not in ${baseDirectory.path}, nor in its trash: "hostpath-provisioner trash" lists what is, on each node`;
}

/** There is an object of that name: the end of an earlier try, what a backup tool made, or something that is in the way. */
function decideWithVolume(volume: Volume, record: VolumeRecord, view: RestoreView): RestoreDecision {
  const { request, place, baseDirectory, cluster } = view;
  const { name } = volume;
  if (volume.deleting || place === 'trash') {
    return refuse(`PersistentVolume "${name}" is still there: wait until it is gone (kubectl describe pv ${name})`);
  }
  const provisioner = record.template?.provisioner ?? view.class?.provisioner ?? '';
  const isFromElsewhere = record.cluster !== cluster;
  const isOurs =
    isMadeBy(volume, request.nodeName, [provisioner]) &&
    volume.path === join(baseDirectory.path, name) &&
    (record.reclaimPolicy === 'Retain' || isFromElsewhere);
  const isForThisClaim =
    volume.claim?.namespace === request.claim.namespace && volume.claim.name === request.claim.name;
  if (isOurs && isForThisClaim) {
    const { uid } = volume.claim ?? {};
    if (uid && uid !== view.claim?.uid) {
      const advice = `delete that volume (kubectl delete pv ${name}), whose directory stays, and run this again`;
      return refuse(`PersistentVolume "${name}" stands for an earlier claim of that name, which is gone: ${advice}`);
    }
    if (!isFromElsewhere) return { action: 'confirm' };
    return { action: 'takeOver', record: ofThisCluster(record, view), reclaimPolicy: volume.reclaimPolicy ?? '' };
  }
  const owner = volume.claim === undefined ? 'no claim' : `claim ${volume.claim.namespace}/${volume.claim.name}`;
  return refuse(
    `PersistentVolume "${name}" exists, for ${owner}, and was not restored for this one: it is left as it is`,
  );
}

const shownClaim = ({ namespace, name }: Claim): string => `claim ${namespace}/${name}`;

/** Why the claim cannot have any volume now. */
function objectionToState(claim: Claim, volumeName: string): string | undefined {
  const shown = shownClaim(claim);
  if (claim.deleting) return `${shown} is being deleted: wait until it is gone, or name another`;
  if (claim.volumeName === undefined || claim.volumeName === volumeName) return undefined;
  const advice = 'stop its pods, delete it, restore, and then make it again; or name another';
  return `${shown} has the volume ${claim.volumeName} already: ${advice}`;
}

/** Why Kubernetes would not bind the claim to the volume. */
function objectionTo(claim: Claim, template: VolumeTemplate, view: RestoreView): string | undefined {
  const { record, request } = view;
  const { volumeName } = request;
  const shown = shownClaim(claim);
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
