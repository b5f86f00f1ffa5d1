import { claimOf } from '../model/claim.ts';
import type { PersistentVolumeClaimObject, PersistentVolumeObject, StorageClassObject } from '../model/kubernetes.ts';
import { type Volume, volumeOf } from '../model/volume.ts';
import { readDirectories, readStatuses } from './cluster/ask-daemons.ts';
import { daemonOf, provisionersOf } from './cluster/daemons.ts';
import {
  listClaims,
  listClasses,
  listDaemonPods,
  listDaemonSets,
  listEvents,
  listNodes,
  listPods,
  listVolumes,
} from './cluster/lists.ts';
import { Ours } from './cluster/ours.ts';
import type { Sources } from './cluster/sources.ts';
import { foundIn, notAskedFor, type Others, type Overview, type Read, type Scope, type Wanted } from './overview.ts';
import { nodeOf } from './rows/node-of.ts';

/** What has to be read before a part can be. */
const neededFor: Partial<Record<Wanted, Wanted[]>> = {
  claims: ['volumes', 'classes', 'daemons'],
  classes: ['daemons'],
  others: ['claims', 'volumes', 'classes', 'daemons'],
  statuses: ['daemons'],
  directories: ['daemons', 'statuses'],
};

/**
 * Reads the wanted parts, and what is needed to find them. A part that cannot be read is a problem, and the others are read
 * all the same. If claims are wanted and nodes are not, only the daemons of nodes with volumes of these claims are asked.
 */
export async function readOverview(sources: Sources, scope: Scope, wanted: readonly Wanted[]): Promise<Overview> {
  const needed = new Set(wanted.flatMap((part) => [part, ...(neededFor[part] ?? [])]));
  const part = async <Found>(name: Wanted, list: (of: Sources, within: Scope) => Promise<Read<Found>>) =>
    needed.has(name) ? list(sources, scope) : { problem: notAskedFor };
  const [allClaims, allVolumes, allClasses, pods, nodes, daemonSets, daemonPods, events] = await Promise.all([
    part('claims', listClaims),
    part('volumes', listVolumes),
    part('classes', listClasses),
    part('pods', listPods),
    part('nodes', listNodes),
    part('daemonSets', listDaemonSets),
    part('daemons', listDaemonPods),
    part('events', listEvents),
  ]);

  const ours = new Ours(
    provisionersOf(foundIn(daemonPods) ?? []),
    foundIn(allClasses) ?? [],
    foundIn(allVolumes) ?? [],
  );
  const places = placesOf(foundIn(allVolumes) ?? []);
  const inScope = (node: string | undefined) => scope.node === undefined || node === scope.node;
  const volumes = changed(allVolumes, (all) => all.filter((object) => isIn(scope, volumeOf(object))));
  const claims = changed(allClaims, (all) =>
    all.filter((claim) => ours.hasClaim(claim) && inScope(nodeOfClaim(claim, places))),
  );
  const daemons = changed(daemonPods, (all) => all.flatMap((pod) => daemonOf(pod) ?? []));

  const onlyHolders = needed.has('claims') && !needed.has('nodes');
  const nodesOfClaims = () =>
    foundIn(claims)?.map((claim) => nodeOfClaim(claim, places)) ?? placesOf(foundIn(volumes) ?? []).values();
  const holders = onlyHolders ? new Set(nodesOfClaims()) : undefined;
  const asked = (foundIn(daemons) ?? []).filter(({ node }) => inScope(node) && (holders?.has(node) ?? true));
  const statuses = needed.has('statuses') ? await readStatuses(sources, asked) : new Map();
  const directories = needed.has('directories') ? await readDirectories(sources, asked, statuses) : new Map();
  return {
    atMs: Date.now(),
    claims,
    volumes,
    classes: changed(allClasses, (all) => all.filter(ours.hasClass)),
    pods,
    nodes,
    daemonSets,
    daemons,
    events,
    provisioners: [...ours.provisioners],
    ...(needed.has('others') && { others: othersIn(allClaims, allClasses, ours) }),
    statuses,
    directories,
  };
}

function othersIn(
  claims: Read<PersistentVolumeClaimObject[]>,
  classes: Read<StorageClassObject[]>,
  ours: Ours,
): Others {
  const waits = (claim: PersistentVolumeClaimObject) => claim.status?.phase === 'Pending' && !ours.hasClaim(claim);
  return {
    claims: changed(claims, (all) => all.filter(waits)),
    classes: changed(classes, (all) => all.filter((cls) => !ours.hasClass(cls))),
  };
}

/** The nodes of volumes by name. */
const placesOf = (volumes: readonly PersistentVolumeObject[]): Map<string, string | undefined> =>
  new Map(volumes.map(volumeOf).map((volume) => [volume.name, nodeOf(volume)]));

const isIn = ({ namespace, node }: Scope, volume: Volume): boolean =>
  (namespace === undefined || volume.claim?.namespace === namespace) && (node === undefined || nodeOf(volume) === node);

/** Where the volume of a claim is, or will be. */
function nodeOfClaim(
  claim: PersistentVolumeClaimObject,
  places: ReadonlyMap<string, string | undefined>,
): string | undefined {
  const { volumeName, selectedNode } = claimOf(claim);
  return (volumeName && places.get(volumeName)) ?? selectedNode;
}

const changed = <Found, Other>(read: Read<Found>, change: (found: Found) => Other): Read<Other> =>
  'found' in read ? { found: change(read.found) } : read;
