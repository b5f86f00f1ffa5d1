import { join } from 'node:path';
import { type Claim, shownClaim } from '../model/claim.ts';
import { readClassParameters } from '../model/class-parameters.ts';
import { hostnameLabel } from '../model/names.ts';
import { quantityBytes } from '../model/quantity.ts';
import { isMadeBy, mayLieIn, type Volume } from '../model/volume.ts';
import { templateOf, type VolumePlan } from '../model/volume-object.ts';
import type { VolumeRecord, VolumeTemplate } from '../model/volume-record.ts';
import type { RestoreView } from './observe.ts';

export type RestoreDecision =
  /** Nothing is changed; `message` says why, and what to do. */
  | { action: 'refuse'; message: string }
  /** An earlier call did everything. */
  | { action: 'confirm' }
  /** The claim has the volume, as when a backup was restored into this cluster: only the record names another cluster. */
  | { action: 'takeOver'; record: VolumeRecord; reclaimPolicy: string }
  /** A directory in the trash returns to the base directory, its record names this cluster, and the volume is registered. */
  | { action: 'restore'; from: 'trash' | 'base'; plan: VolumePlan };

/** The order of checks is behaviour: what exists, whose it is, whether the claim can have it. */
export function decideRestore(view: RestoreView): RestoreDecision {
  const { request, record, place, volume, claim } = view;
  const { volumeName, nodeName } = request;
  if (record === undefined || place === 'nowhere') return refuse(notThere(view));
  if (record.node !== nodeName) {
    return refuse(`${volumeName} is on node "${record.node}", not on "${nodeName}": run the command on that node`);
  }
  if (volume !== undefined) return decideWithVolume(volume, record, view);
  if (view.ownClaimLives && !asksForItsOwn(view)) {
    return refuse(
      `${volumeName} belongs to claim ${shownClaim(record.claim)}, which exists in this cluster: delete that claim, then run the same command again`,
    );
  }
  const notFree = claim === undefined ? undefined : objectionToState(claim, volumeName);
  if (notFree !== undefined) return refuse(notFree);
  const [rival] = view.rivals;
  if (rival !== undefined) return refuse(inTheWay(rival, view));
  if (place === 'trash' && record.retention === undefined) {
    return refuse(`${volumeName} cannot be restored: its class had no parameter trashRetention`);
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

/** The record of a directory that belongs to this cluster and that the daemon keeps when its volume is deleted. */
function ofThisCluster({ trashedAt: _, ...record }: VolumeRecord, { cluster }: RestoreView): VolumeRecord {
  return { ...record, cluster, reclaimPolicy: 'Retain' };
}

/** The claim that the volume was made for has lost its volume object. */
function asksForItsOwn({ record, claim, request }: RestoreView): boolean {
  return claim?.uid === record?.claim.uid && claim?.volumeName === request.volumeName;
}

/** No two claims get one directory, and no claim gets two volumes. */
function inTheWay(rival: Volume, { request }: RestoreView): string {
  const { volumeName, claim } = request;
  const { name } = rival;
  return mayLieIn(rival, volumeName)
    ? `PersistentVolume "${name}" uses ${rival.path}, in the directory of ${volumeName}: set its reclaim policy to Retain and delete it first (kubectl delete pv ${name})`
    : `PersistentVolume "${name}" is reserved for claim ${shownClaim(claim)}: delete that volume first (kubectl delete pv ${name}), or name another claim`;
}

function withoutHostname({ request, nodeLabels }: RestoreView): string {
  const { nodeName } = request;
  return nodeLabels === undefined
    ? `node "${nodeName}" does not exist in this cluster: give the name that "kubectl get nodes" shows`
    : `node "${nodeName}" has no label ${hostnameLabel}, which ties a volume to its node: label the node`;
}

/** The template for a record of an earlier version, from its class and the claim; a message if they do not suffice. */
function templateFor(
  record: VolumeRecord,
  hostname: string,
  { request, claim, class: cls }: RestoreView,
): VolumeTemplate | string {
  const { volumeName } = request;
  const noted = `an earlier version wrote the record of ${volumeName}, which lacks its size and access modes`;
  if (claim === undefined) {
    return `${noted}: create claim ${shownClaim(request.claim)} with storageClassName "${record.class}", spec.volumeName "${volumeName}", and the size and access modes that the volume had; then run the same command again`;
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
  if (record === undefined && place === 'trash') return `${volumeName} is being erased: it can no longer be restored`;
  if (record === undefined && place === 'base') {
    return `${join(baseDirectory.path, volumeName)} has no record in the journal: this provisioner did not make it`;
  }
  return `${volumeName} is not in ${baseDirectory.path}, nor in its trash: run "hostpath-provisioner trash" on each node to find it`;
}

/** A volume of that name exists: an earlier call or a backup tool registered it, or it is an obstacle. */
function decideWithVolume(volume: Volume, record: VolumeRecord, view: RestoreView): RestoreDecision {
  const { request, place, baseDirectory, cluster } = view;
  const { name } = volume;
  if (volume.deleting || place === 'trash') {
    return refuse(`PersistentVolume "${name}" still exists: wait until it is deleted (kubectl describe pv ${name})`);
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
      const advice = `delete that volume (kubectl delete pv ${name}), which keeps its directory, and run the same command again`;
      return refuse(
        `PersistentVolume "${name}" is for an earlier claim of that name, which no longer exists: ${advice}`,
      );
    }
    if (!isFromElsewhere) return { action: 'confirm' };
    return { action: 'takeOver', record: ofThisCluster(record, view), reclaimPolicy: volume.reclaimPolicy ?? '' };
  }
  const owner = volume.claim === undefined ? 'no claim' : `claim ${shownClaim(volume.claim)}`;
  return refuse(
    `PersistentVolume "${name}" already exists for ${owner}. Nothing was changed. Inspect it (kubectl describe pv ${name})`,
  );
}

/** Why the claim cannot get any volume now. */
function objectionToState(claim: Claim, volumeName: string): string | undefined {
  const shown = `claim ${shownClaim(claim)}`;
  if (claim.deleting) return `${shown} is being deleted: wait until it is gone, or name another claim`;
  if (claim.volumeName === undefined || claim.volumeName === volumeName) return undefined;
  const advice =
    'stop its pods, delete the claim, restore the volume, and create the claim again; or name another claim';
  return `${shown} already has volume ${claim.volumeName}: ${advice}`;
}

/** Why Kubernetes would not bind the claim to the volume. */
function objectionTo(claim: Claim, template: VolumeTemplate, view: RestoreView): string | undefined {
  const { record, request } = view;
  const { volumeName } = request;
  const shown = `claim ${shownClaim(claim)}`;
  if (claim.className !== record?.class) {
    return `${shown} has class "${claim.className ?? ''}", but ${volumeName} has class "${record?.class}": name a claim of that class`;
  }
  const missing = claim.accessModes.filter((mode) => !template.accessModes.includes(mode));
  if (missing.length > 0) {
    return `${shown} requests ${missing.join(', ')}, but ${volumeName} has only ${template.accessModes.join(', ')}: name another claim`;
  }
  const isTooSmall = (quantityBytes(claim.requestedStorage) ?? 0) > (quantityBytes(template.capacity) ?? Infinity);
  if (isTooSmall) {
    return `${shown} requests ${claim.requestedStorage}, but ${volumeName} has ${template.capacity}: name another claim`;
  }
  return undefined;
}

const refuse = (message: string): RestoreDecision => ({ action: 'refuse', message });
