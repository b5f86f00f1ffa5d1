import { setTimeout as sleep } from 'node:timers/promises';
import { BaseDirectoryWatch } from './changes/base-directory.ts';
import { Cluster } from './changes/cluster.ts';
import { DirectoryWatch } from './changes/directories.ts';
import { knownBases } from './changes/known-bases.ts';
import type { Config } from './config/config.ts';
import { Controller } from './controller.ts';
import { openVolumeStorage } from './disk/file-system-storage.ts';
import { StorageError } from './disk/port.ts';
import { createKubeApi } from './kube/calls/client.ts';
import { ConcurrencyLimit } from './kube/calls/concurrency-limit.ts';
import type { Selection } from './kube/calls/selection.ts';
import { type Connection, openConnection } from './kube/connection/connection.ts';
import { unlessAborted } from './kube/connection/unless-aborted.ts';
import { EventRecorder } from './kube/events/events.ts';
import type { ChangeHandler } from './kube/watch/change-handler.ts';
import { type Reflector, startReflector } from './kube/watch/reflector.ts';
import type { MetadataObject } from './model/kubernetes.ts';
import { nodeLabel, nodeLabelValue } from './model/names.ts';
import { nodeNotRegistered } from './model/node.ts';
import { BaseDirectoryReport } from './report/base-directory-report.ts';
import { ClusterReport } from './report/cluster-report.ts';
import { type HttpServer, serveHttp } from './report/http.ts';
import { KeptReport } from './report/kept-report.ts';
import type { Logger } from './report/log.ts';
import { Metrics } from './report/metrics.ts';
import { TrashReport } from './report/trash-report.ts';
import { VolumeReport } from './report/volume-report.ts';

/** How long a stop waits for work that is under way, in milliseconds. The next start does the rest. */
const finishWithinMs = 3_000;

/** How long it then waits for unsent Events, in milliseconds. */
const flushEventsMs = 1_000;

export interface Daemon {
  /** Port that /healthz, /readyz and /metrics are served on. */
  readonly httpPort: number;
  /** Finishes what is under way, or abandons it safely, within five seconds. */
  stop(): Promise<void>;
}

/**
 * Builds the parts and starts them in order; `stop` ends them in reverse. Waits for an API server or a base directory.
 * @param signal aborts the start: the parts that have started are stopped, and the signal's reason is thrown
 * @throws {StartError} when the configuration cannot be worked with
 */
export async function startDaemon(
  config: Config,
  environment: NodeJS.ProcessEnv,
  log: Logger,
  signal: AbortSignal,
): Promise<Daemon> {
  const { nodeName, provisionerNames, kubeconfigPath } = config;
  const connection = await unlessAborted(openConnection({ kubeconfigPath, environment }, { log }), signal);
  const concurrency = new ConcurrencyLimit();
  const concurrencyLimit = () => concurrency.value;
  const kube = createKubeApi(connection, { onEnded: (call) => concurrency.note(call) });
  const storage = openVolumeStorage({
    basePath: config.baseDirectory,
    nodeName,
    // Nothing is judged, and so nothing is written, before this node, its volumes and the cluster are known.
    knownBases: () => (cluster.isReady ? knownBases(controller.node, controller.volumes) : undefined),
    ownCluster: {
      get uid() {
        return cluster.uid;
      },
      volumesIn: (baseDirectoryId) => controller.volumes.volumesIn(baseDirectoryId),
    },
    inPod: kubeconfigPath === undefined,
  });
  const events = new EventRecorder({
    api: kube,
    source: { component: provisionerNames[0] ?? '', host: nodeName },
    log,
  });
  const metrics = new Metrics({
    concurrencyLimit,
    claimQueueDepth: () => controller.depths.claims,
    volumeQueueDepth: () => controller.depths.volumes,
    eventsDropped: () => events.dropped,
    baseDirectorySpace: () => baseDirectory.space,
    volumesWithoutDirectory: () => controller.lost.counts,
    keptDirectories: () => controller.keptCounts,
    silentWatches: () => Object.values(reflectors ?? {}).filter((reflector) => reflector.state().listsInstead).length,
  });
  const clusterReport = new ClusterReport({ log, metrics, events, nodeName, basePath: config.baseDirectory });
  const cluster = new Cluster({
    kube,
    report: clusterReport,
    onKnown: () => void baseDirectory.inspectNow().then(() => controller.surroundingsChanged()),
  });
  const controller = new Controller({
    kube,
    storage,
    volumeReporter: new VolumeReport(log, metrics, events),
    trashReporter: new TrashReport(log, metrics),
    keptReporter: (notes) => new KeptReport(clusterReport, notes),
    metrics,
    log,
    ownCluster: () => cluster.uid,
    concurrencyLimit,
    nodeName,
    provisionerNames,
    abandonedGraceMs: config.abandonedGraceMs,
    onNodeChange: () => void baseDirectory.inspectNow(),
    baseTrouble: () => baseDirectory.unusable,
  });
  const baseDirectory = new BaseDirectoryWatch({
    storage,
    report: new BaseDirectoryReport({ log, metrics, events, nodeName }),
    onUsable: () => controller.surroundingsChanged(),
    onChange: () => void directories.baseChanged(),
  });
  const directories = new DirectoryWatch({
    storage,
    volumes: controller.volumes,
    lost: () => controller.lost.names,
    base: () => baseDirectory.found,
    onChange: (volume) => controller.directoryChanged(volume),
  });

  let reflectors: Watches | undefined;
  const troubles = () => [
    ...(controller.node.isMissing ? [`node: NodeNotRegistered: ${nodeNotRegistered(nodeName)}`] : []),
    ...(cluster.trouble === undefined ? [] : [`cluster: ${cluster.trouble}`]),
    ...troubleWithBase(baseDirectory),
    ...troubleWithWatches(reflectors),
  ];
  const watching = new AbortController();
  let http: HttpServer | undefined;
  let started: Promise<void> | undefined;
  const stop = async () => {
    watching.abort();
    cluster.stop();
    baseDirectory.stop();
    await withinTime(started);
    directories.stop();
    await withinTime(controller.stop());
    await events.close(flushEventsMs);
    await connection.close();
    await storage.close();
    await http?.close();
    log.info('daemon stopped');
  };

  try {
    http = await serveHttp({ ...config.http, metrics, troubles });
    log.info({ server: connection.server, provisionerNames, httpPort: http.port }, 'daemon started');
    cluster.start();
    await unlessAborted(baseDirectory.start(), signal);
  } catch (error) {
    await stop();
    throw error;
  }
  reflectors = watchAll(controller, nodeName, connection, watching.signal, log);
  started = startOnceSynced(reflectors, cluster, async () => {
    // The base directory first, because claims and volumes depend on its state.
    await baseDirectory.inspectNow();
    if (watching.signal.aborted) return;
    directories.start();
    controller.start();
  });
  return { httpPort: http.port, stop };
}

/** A disk that does not answer must not hold up a stop. */
const withinTime = (work: Promise<unknown> | undefined): Promise<unknown> =>
  Promise.race([work, sleep(finishWithinMs, undefined, { ref: false })]);

type Watches = Record<'nodes' | 'storageclasses' | 'persistentvolumes' | 'persistentvolumeclaims', Reflector>;

function watchAll(
  controller: Controller,
  nodeName: string,
  connection: Connection,
  signal: AbortSignal,
  log: Logger,
): Watches {
  const ownNode = { path: '/api/v1/nodes', fieldSelector: `metadata.name=${nodeName}`, metadataOnly: true };
  const watch = <Kind extends MetadataObject>(selection: Selection, handler: ChangeHandler<Kind>): Reflector =>
    startReflector({ connection, selection, handler, proof: ownNode, signal, log });
  return {
    nodes: watch(ownNode, controller.node),
    storageclasses: watch({ path: '/apis/storage.k8s.io/v1/storageclasses' }, controller.classes),
    persistentvolumes: watch(
      { path: '/api/v1/persistentvolumes', labelSelector: `${nodeLabel}=${nodeLabelValue(nodeName)}` },
      controller.volumes,
    ),
    persistentvolumeclaims: watch({ path: '/api/v1/persistentvolumeclaims' }, controller.claims),
  };
}

/** No claim can be judged before node and classes are known, nor the base directory before volumes and cluster are. */
async function startOnceSynced(watches: Watches, cluster: Cluster, start: () => Promise<void>): Promise<void> {
  const { nodes, storageclasses, persistentvolumes } = watches;
  const synced = await Promise.all([nodes.synced, storageclasses.synced, persistentvolumes.synced, cluster.ready]);
  if (synced.every(Boolean)) await start();
}

function troubleWithBase({ found, trouble }: BaseDirectoryWatch): string[] {
  const isOfNode = found instanceof StorageError && found.reason === 'NodeNotRegistered';
  return trouble === undefined || isOfNode ? [] : [`base directory: ${trouble}`];
}

function troubleWithWatches(watches: Watches | undefined): string[] {
  if (watches === undefined) return ['watches: not started yet'];
  return Object.entries(watches).flatMap(([name, reflector]) => {
    const { synced, trouble } = reflector.state();
    if (trouble !== undefined) return [`${name}: ${trouble.message} (since ${trouble.since.toISOString()})`];
    return synced ? [] : [`${name}: not listed yet`];
  });
}
