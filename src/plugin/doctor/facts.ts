import { type Claim, claimOf } from '../../model/claim.ts';
import { type Class, classOf } from '../../model/class.ts';
import type { EventObject, PersistentVolumeClaimObject, StorageClassObject } from '../../model/kubernetes.ts';
import type { NodeStatus } from '../../model/node-status.ts';
import { isLarger } from '../../model/quantity.ts';
import { type Volume, volumeOf } from '../../model/volume.ts';
import { type Daemon, type DaemonSetObject, foundIn, type NodeObject, type Overview } from '../overview.ts';

export interface KnownClaim extends Claim {
  phase: string;
  /** When it was made, as `Date.now`. */
  madeAtMs: number;
}

export interface KnownClass extends Class {
  isDefault: boolean;
  /** RFC 3339. */
  createdAt: string;
}

/** What the checks judge. What could not be read is undefined, so that no check takes it for "there is none". */
export interface Facts {
  nowMs: number;
  /** Version of the plugin; undefined leaves it out of the checks. */
  pluginVersion: string | undefined;
  /** Names by which classes ask for the daemons. */
  provisioners: ReadonlySet<string>;
  claims: readonly KnownClaim[] | undefined;
  volumes: readonly Volume[] | undefined;
  /** Of the daemons. */
  classes: readonly KnownClass[] | undefined;
  /** Claims that wait for a class that no daemon serves, and the classes that no daemon serves. */
  others: { claims: readonly KnownClaim[] | undefined; classes: readonly KnownClass[] | undefined };
  nodes: ReadonlyMap<string, NodeObject> | undefined;
  daemonSets: readonly DaemonSetObject[] | undefined;
  /** By node. */
  daemons: ReadonlyMap<string, Daemon> | undefined;
  /** Warnings of the daemons, by the UID of the object that they are about. */
  warnings: ReadonlyMap<string, EventObject[]> | undefined;
  /** Of the nodes whose daemon answered. */
  statuses: ReadonlyMap<string, NodeStatus>;
  /** Where the daemon is installed. */
  installation: { namespace: string; daemonSet: string };
}

export function factsOf(overview: Overview, nowMs: number, pluginVersion: string | undefined): Facts {
  const daemonSets = foundIn(overview.daemonSets);
  const daemons = foundIn(overview.daemons);
  const events = foundIn(overview.events);
  const [daemonSet] = daemonSets ?? [];
  const { others } = overview;
  const provisioners = new Set(overview.provisioners);
  return {
    nowMs,
    pluginVersion,
    provisioners,
    claims: foundIn(overview.claims)?.map(knownClaim),
    volumes: foundIn(overview.volumes)?.map(volumeOf),
    classes: foundIn(overview.classes)?.map(knownClass),
    others: {
      claims: others && foundIn(others.claims)?.map(knownClaim),
      classes: others && foundIn(others.classes)?.map(knownClass),
    },
    nodes: by(foundIn(overview.nodes), ({ metadata }) => metadata?.name ?? ''),
    daemonSets,
    daemons: by(daemons, ({ node }) => node),
    warnings: events && warningsByObject(events, provisioners),
    statuses: new Map([...overview.statuses].flatMap(([node, read]) => ('found' in read ? [[node, read.found]] : []))),
    installation: {
      namespace: daemonSet?.metadata?.namespace ?? daemons?.[0]?.namespace ?? 'hostpath-provisioner-system',
      daemonSet: daemonSet?.metadata?.name ?? 'hostpath-provisioner',
    },
  };
}

/** Whether a claim asks for more than it has. */
export const wantsGrowth = ({ phase, requestedStorage, capacity }: KnownClaim): boolean =>
  phase === 'Bound' && isLarger(requestedStorage, capacity);

export const isNodeReady = ({ status }: NodeObject): boolean =>
  status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;

function by<Item>(items: readonly Item[] | undefined, key: (item: Item) => string): Map<string, Item> | undefined {
  return items && new Map(items.map((item) => [key(item), item]));
}

/** The component of an Event of a daemon is the name of a provisioner. */
function warningsByObject(events: readonly EventObject[], provisioners: ReadonlySet<string>) {
  const warnings = events.filter(
    ({ type, reportingComponent, source }) =>
      type === 'Warning' && provisioners.has(reportingComponent || source?.component || ''),
  );
  return Map.groupBy(warnings, ({ involvedObject }) => involvedObject.uid ?? '');
}

function knownClaim(object: PersistentVolumeClaimObject): KnownClaim {
  const { metadata, status } = object;
  return {
    ...claimOf(object),
    phase: status?.phase ?? 'Pending',
    madeAtMs: Date.parse(metadata?.creationTimestamp ?? ''),
  };
}

function knownClass(object: StorageClassObject): KnownClass {
  const { metadata } = object;
  return {
    ...classOf(object),
    isDefault: metadata?.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    createdAt: metadata?.creationTimestamp ?? '',
  };
}
