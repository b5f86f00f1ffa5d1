import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from './changes/cluster.ts';
import { knownBases } from './changes/known-bases.ts';
import type { UsageTiming } from './changes/usage.ts';
import type { Config } from './config/config.ts';
import { Controller } from './controller.ts';
import { SiblingBases } from './disk/base/sibling-bases.ts';
import { KeyedLock } from './flow/keyed-lock.ts';
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
import { WatchedPool, type WatchedPoolOptions } from './pool.ts';
import { ClusterReport } from './report/cluster-report.ts';
import { type HttpServer, serveHttp } from './report/http.ts';
import { KeptReport } from './report/kept-report.ts';
import type { Logger } from './report/log.ts';
import { Metrics } from './report/metrics.ts';
import { type LostVolume, nodeStatus } from './report/node-status.ts';
import { TrashReport } from './report/trash-report.ts';
import { VolumeReport } from './report/volume-report.ts';
import { Pools } from './volume/pools.ts';

/** How long a stop waits for work that is under way, in milliseconds. The next start does the rest. */
const finishWithinMs = 3_000;

/** How long the disks of several pools have to answer, in milliseconds, before the daemon goes on with those that did. */
const answerWithinMs = 10_000;

/** How long it then waits for unsent Events, in milliseconds. */
const flushEventsMs = 1_000;

export interface Daemon {
  /** Port that /healthz, /readyz, /metrics and /volumes are served on. */
  readonly httpPort: number;
  /** Finishes what is under way, or abandons it safely, within five seconds. */
  stop(): Promise<void>;
}

/**
 * Builds the parts and starts them in order; `stop` ends them in reverse. Waits for an API server or a base directory.
 * @param signal aborts the start: the parts that have started are stopped, and the signal's reason is thrown
 * @param usageTiming other times than the usual ones between the counts of what volumes use
 * @throws {StartError} when the configuration cannot be worked with
 */
export async function startDaemon(
  config: Config,
  environment: NodeJS.ProcessEnv,
  log: Logger,
  signal: AbortSignal,
  usageTiming?: UsageTiming,
): Promise<Daemon> {
  const { nodeName, provisionerNames, kubeconfigPath } = config;
  const connection = await unlessAborted(openConnection({ kubeconfigPath, environment }, { log }), signal);
  const concurrency = new ConcurrencyLimit();
  const concurrencyLimit = () => concurrency.value;
  const kube = createKubeApi(connection, { onEnded: (call) => concurrency.note(call) });
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
    pools: () => pools,
    usage: () => Promise.all(pools.map((pool) => pool.usage())),
    volumesWithoutDirectory: () => controller.lost.counts,
    keptDirectories: () => controller.keptCounts,
    orphanDirectories: () => controller.orphanCounts,
    runningClones: () => controller.runningClones,
    silentWatches: () => Object.values(reflectors ?? {}).filter((reflector) => reflector.state().listsInstead).length,
  });
  const clusterReport = new ClusterReport({ log, metrics, events, nodeName });
  const cluster = new Cluster({
    kube,
    report: clusterReport,
    onKnown: () => void inspectAll(pools).then(() => controller.surroundingsChanged()),
  });
  const ofPools: WatchedPoolOptions = {
    log,
    metrics,
    events,
    nodeName,
    // Nothing is judged, and so nothing is written, before this node, its volumes and the cluster are known.
    knownBases: () => (cluster.isReady ? knownBases(controller.node, controller.volumes) : undefined),
    ownCluster: {
      get uid() {
        return cluster.uid;
      },
      volumesIn: (baseDirectoryId) => controller.volumes.volumesIn(baseDirectoryId),
    },
    siblings: new SiblingBases(config.baseDirectories.map(({ path }) => path)),
    inPod: kubeconfigPath === undefined,
    volumes: () => controller.volumes,
    lost: () => controller.lost.names,
    onUsable: () => controller.surroundingsChanged(),
    reserve: config.reserve,
    onDirectoryChange: (volume) => controller.directoryChanged(volume),
    kube,
    countTurns: new KeyedLock(),
    usageTiming,
  };
  const pools = config.baseDirectories.map((baseDirectory) => new WatchedPool(baseDirectory, ofPools));
  const byVolume = new Pools(pools);
  const controller = new Controller({
    kube,
    pools: byVolume,
    volumeReporter: new VolumeReport(log, metrics, events),
    trashReporter: new TrashReport(log, metrics),
    keptReporter: (notes) =>
      new KeptReport(
        clusterReport,
        notes,
        (volume) => (byVolume.having(volume)[0] ?? byVolume.all[0])?.storage.basePath ?? '',
      ),
    metrics,
    log,
    ownCluster: () => cluster.uid,
    concurrencyLimit,
    nodeName,
    provisionerNames,
    abandonedGraceMs: config.abandonedGraceMs,
    onNodeChange: () => void inspectAll(pools),
  });
  let reflectors: Watches | undefined;
  const troubles = () => [
    ...(controller.node.isMissing ? [`node: NodeNotRegistered: ${nodeNotRegistered(nodeName)}`] : []),
    ...(cluster.trouble === undefined ? [] : [`cluster: ${cluster.trouble}`]),
    ...troubleWithPools(pools),
    ...troubleWithWatches(reflectors),
  ];
  const status = async () =>
    nodeStatus({
      node: nodeName,
      troubles: troubles(),
      pools: await Promise.all(
        pools.map(async (pool) => ({ ...(await pool.facts()), orphans: controller.orphanCounts.get(pool.name) })),
      ),
      keptDirectories: controller.keptCounts,
      lost: lostVolumes(controller, byVolume),
    });
  const watching = new AbortController();
  let http: HttpServer | undefined;
  let started: Promise<void> | undefined;
  const stop = async () => {
    watching.abort();
    cluster.stop();
    for (const pool of pools) pool.stop();
    await withinTime(started);
    await withinTime(controller.stop());
    await events.close(flushEventsMs);
    await connection.close();
    await Promise.all(pools.map(({ storage }) => storage.close()));
    await http?.close();
    log.info('daemon stopped');
  };

  try {
    http = await serveHttp({ ...config.http, metrics, troubles, status });
    log.info({ server: connection.server, provisionerNames, httpPort: http.port }, 'daemon started');
    cluster.start();
    await unlessAborted(answersInTime(pools.map((pool) => pool.start())), signal);
  } catch (error) {
    await stop();
    throw error;
  }
  reflectors = watchAll(controller, nodeName, connection, watching.signal, log);
  started = startOnceSynced(reflectors, cluster, async () => {
    // The base directories first, because claims and volumes depend on their state.
    await inspectAll(pools);
    if (watching.signal.aborted) return;
    for (const pool of pools) pool.watchDirectories();
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

/** A single pool stands for every path. Of several, none may have the path of a volume, which is then counted by a metric alone. */
function* lostVolumes({ lost, volumes }: Controller, pools: Pools): Generator<LostVolume> {
  for (const volume of lost.names) {
    const place = volumes.boundPlace(volume);
    const pool = pools.at(place?.basePath);
    if (place !== undefined && pool !== undefined) {
      yield { volume, pool: pool.name, capacityBytes: place.capacityBytes };
    }
  }
}

/** A pool that cannot be used leaves the daemon ready as long as another one can: a rollout must not stop at a broken disk. */
function troubleWithPools(pools: readonly WatchedPool[]): string[] {
  if (pools.some(({ unready }) => unready === undefined)) return [];
  return pools.flatMap(({ trouble, unready }) => {
    const isOfNode = trouble?.error.reason === 'NodeNotRegistered';
    return unready === undefined || isOfNode ? [] : [`base directory: ${unready}`];
  });
}

const inspectAll = (pools: readonly WatchedPool[]): Promise<unknown> =>
  answersInTime(pools.map((pool) => pool.inspectNow()));

/** A disk that does not answer must not hold up the others. A single one is waited for. */
function answersInTime(answers: readonly Promise<void>[]): Promise<unknown> {
  const all = Promise.all(answers);
  return answers.length === 1 ? all : Promise.race([all, sleep(answerWithinMs, undefined, { ref: false })]);
}

function troubleWithWatches(watches: Watches | undefined): string[] {
  if (watches === undefined) return ['watches: not started yet'];
  return Object.entries(watches).flatMap(([name, reflector]) => {
    const { synced, trouble } = reflector.state();
    if (trouble !== undefined) return [`${name}: ${trouble.message} (since ${trouble.since.toISOString()})`];
    return synced ? [] : [`${name}: not listed yet`];
  });
}
