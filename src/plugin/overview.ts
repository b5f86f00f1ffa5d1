import type {
  EventObject,
  MetadataObject,
  PersistentVolumeClaimObject,
  PersistentVolumeObject,
  StorageClassObject,
} from '../model/kubernetes.ts';
import type { NodeDirectories } from '../model/node-directories.ts';
import type { NodeStatus } from '../model/node-status.ts';

/** What was asked for, or why it could not be read: a missing right, or a failure. */
export type Read<Found> = { found: Found } | { problem: string };

/** What was found; undefined if it could not be read. */
export const foundIn = <Found>(read: Read<Found> | undefined): Found | undefined =>
  read !== undefined && 'found' in read ? read.found : undefined;

/** The problem of a part that an answer does not need. No answer shows it. */
export const notAskedFor = 'it was not asked for';

/** The fields of a pod that matter here. */
export interface PodObject extends MetadataObject {
  spec?: {
    nodeName?: string;
    containers?: { name: string; image?: string }[];
    volumes?: { persistentVolumeClaim?: { claimName: string } }[];
  };
  status?: { phase?: string; podIP?: string; conditions?: { type: string; status: string }[] };
}

/** The fields of a node that matter here. */
export interface NodeObject extends MetadataObject {
  spec?: { unschedulable?: boolean };
  status?: { conditions?: { type: string; status: string }[] };
}

/** The fields of a DaemonSet that matter here. */
export interface DaemonSetObject extends MetadataObject {
  spec?: { template?: { spec?: { nodeSelector?: Record<string, string>; containers?: { image?: string }[] } } };
  status?: { desiredNumberScheduled?: number; numberReady?: number; updatedNumberScheduled?: number };
}

/** The pod of a daemon. */
export interface Daemon {
  namespace: string;
  pod: string;
  node: string;
  ready: boolean;
  image: string;
}

/**
 * What was read of the cluster and its daemons, for one answer of the plugin. Only what the answer needs was asked for: the rest
 * is the problem `notAskedFor`.
 */
export interface Overview {
  /** When it was read, as `Date.now`. */
  atMs: number;
  claims: Read<PersistentVolumeClaimObject[]>;
  /** Volumes of the daemon's provisioners. */
  volumes: Read<PersistentVolumeObject[]>;
  /** Classes of the daemon's provisioners. */
  classes: Read<StorageClassObject[]>;
  /** Users' pods. */
  pods: Read<PodObject[]>;
  nodes: Read<NodeObject[]>;
  daemonSets: Read<DaemonSetObject[]>;
  daemons: Read<Daemon[]>;
  /** Of claims, volumes, classes and nodes. */
  events: Read<EventObject[]>;
  /** Names of the provisioners that the daemons serve; absent if nothing tells them. */
  provisioners?: readonly string[];
  /** Absent unless it was asked for. */
  others?: Others;
  /** By node, from the daemon of each node that was asked. */
  statuses: ReadonlyMap<string, Read<NodeStatus>>;
  /** The same for what lies in its base directories without a volume. */
  directories: ReadonlyMap<string, Read<NodeDirectories>>;
}

/** What concerns no daemon by its name, but may have been meant for one. */
export interface Others {
  /** Claims that wait, and whose class no daemon serves, or does not exist. */
  claims: Read<PersistentVolumeClaimObject[]>;
  classes: Read<StorageClassObject[]>;
}

/** Which parts of an overview an answer needs. */
export type Wanted = Exclude<keyof Overview, 'atMs' | 'provisioners'>;

/** Which objects it is about. */
export interface Scope {
  /** Undefined: all namespaces. */
  namespace: string | undefined;
  labelSelector: string | undefined;
  /** Only this node. */
  node: string | undefined;
}
