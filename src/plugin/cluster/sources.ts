import type { CommandEnd } from '../../kube/calls/exec.ts';
import type { Selection } from '../../kube/calls/selection.ts';
import type { MetadataObject } from '../../model/kubernetes.ts';
import type { Daemon } from '../overview.ts';

/** What an overview is read from. Each call fails with an `ApiError`. */
export interface Sources {
  /** Page by page. */
  list<Kind extends MetadataObject>(selection: Selection): AsyncIterable<Kind>;
  /** Reads a JSON document that the daemon serves, through the API server's proxy to its pod. */
  ask(daemon: Daemon, path: string): Promise<unknown>;
  /** Runs a command in the daemon's container. @param timeoutMs from connecting to its end, in milliseconds */
  run(daemon: Daemon, command: readonly string[], timeoutMs: number): Promise<CommandEnd>;
}
