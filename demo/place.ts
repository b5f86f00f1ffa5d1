import type { DaemonProcess } from '../test/support/daemon-process.ts';
import type { ClusterClient } from './cluster-client.ts';

/** Where the demo plays: a cluster with the shipped class, and a daemon that serves it. */
export interface Place {
  client: ClusterClient;
  /** A node whose daemon serves the class. */
  nodeName: string;
  /** The daemon, and where it makes directories, when the demo started it; else the cluster's own is at work. */
  local: { daemon: DaemonProcess; baseDirectory: string } | undefined;
}
