import { ApiError } from '../../kube/calls/kube-api.ts';
import type { NodeDirectories } from '../../model/node-directories.ts';
import { documentVersion, type NodeStatus } from '../../model/node-status.ts';
import { type Daemon, foundIn, type Read } from '../overview.ts';
import { daemonNamespace } from './daemons.ts';
import { inParallel } from './in-parallel.ts';
import { attempt } from './problem.ts';
import type { Sources } from './sources.ts';

/** Each answer of a daemon passes through the API server, which has other work, too. */
const atOnce = 32;

/** For a command that reads the disk, in milliseconds. */
const runWithinMs = 60_000;

/** The status of each daemon's node. */
export const readStatuses = (sources: Sources, daemons: readonly Daemon[]): Promise<Map<string, Read<NodeStatus>>> =>
  ofEach(daemons, (daemon) => readStatus(sources, daemon));

/**
 * What lies without a volume on each daemon's node. Among several nodes, one whose status says that nothing lies there is not asked:
 * the answer is as old as the daemon's last scan, and a command is not run on thousands of nodes.
 */
export function readDirectories(
  sources: Sources,
  daemons: readonly Daemon[],
  statuses: ReadonlyMap<string, Read<NodeStatus>>,
): Promise<Map<string, Read<NodeDirectories>>> {
  const holders = daemons.length === 1 ? daemons : daemons.filter(({ node }) => mayHoldMore(statuses.get(node)));
  return ofEach(holders, (daemon) =>
    attempt(runRight, () => printed<NodeDirectories>(sources, daemon, ['trash', '--output', 'json'])),
  );
}

const askRight = `get pods/proxy in namespace ${daemonNamespace}`;
export const runRight = `get and create pods/exec in namespace ${daemonNamespace}`;

/** Through the proxy; where the API server cannot connect to the daemon's port, by a command in its pod. */
async function readStatus(sources: Sources, daemon: Daemon): Promise<Read<NodeStatus>> {
  const asked = await attempt(askRight, async () => {
    try {
      return checked<NodeStatus>(daemon, await sources.ask(daemon, '/volumes'));
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      return undefined;
    }
  });
  if ('problem' in asked) return asked;
  if (asked.found !== undefined) return { found: asked.found };
  return attempt(runRight, () => printed<NodeStatus>(sources, daemon, ['status']));
}

/** The proxy answers so when it gets no answer of the pod, for example because a network policy forbids it. */
const isUnreachable = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 502 || error.status === 503);

/** A command that could not read one of several base directories fails, and has printed the rest. */
async function printed<Document extends { apiVersion: string }>(
  sources: Sources,
  daemon: Daemon,
  command: readonly string[],
): Promise<Document> {
  const { exitCode, stdout, stderr } = await sources.run(daemon, ['hostpath-provisioner', ...command], runWithinMs);
  const document = parsed(stdout);
  if (exitCode !== 0 && document === undefined) {
    const [complaint = `exit status ${exitCode}`] = stderr.split('\n');
    throw new ApiError(
      'Unknown',
      `"hostpath-provisioner ${command.join(' ')}" failed on node ${daemon.node}: ${complaint}`,
    );
  }
  return checked<Document>(daemon, document);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // as a document of an unknown version
  }
}

/** @throws {ApiError} if it is a document of a version that is not known here */
function checked<Document extends { apiVersion: string }>({ node }: Daemon, document: unknown): Document {
  const found = document as Partial<Document> | null | undefined;
  if (found?.apiVersion === documentVersion) return found as Document;
  throw new ApiError(
    'Unknown',
    `the daemon of node ${node} answers in another version than ${documentVersion}: use the plugin of the daemon's release`,
  );
}

function mayHoldMore(status: Read<NodeStatus> | undefined): boolean {
  const found = foundIn(status);
  if (found === undefined) return true;
  const kept = Object.values(found.keptDirectories).some((count) => count > 0);
  return kept || found.baseDirectories.some(({ trash, orphans }) => trash.volumes.length > 0 || orphans !== 0);
}

async function ofEach<Found>(
  daemons: readonly Daemon[],
  read: (daemon: Daemon) => Promise<Read<Found>>,
): Promise<Map<string, Read<Found>>> {
  const found = new Map<string, Read<Found>>();
  await inParallel(daemons, atOnce, async (daemon) => {
    found.set(daemon.node, await read(daemon));
  });
  return found;
}
