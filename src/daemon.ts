import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from './config.ts';
import { Controller } from './controller.ts';
import type { ChangeHandler, Selection } from './kube/changes.ts';
import { createKubeApi } from './kube/client.ts';
import { ConcurrencyLimit } from './kube/concurrency-limit.ts';
import { type Connection, openConnection } from './kube/connection.ts';
import { EventRecorder } from './kube/events.ts';
import { type Reflector, startReflector } from './kube/reflector.ts';
import type { MetadataObject } from './model/kubernetes.ts';
import { nodeLabel, nodeLabelValue } from './model/names.ts';
import { BaseDirectoryRecorder } from './record/base-directory.ts';
import { serveHttp } from './record/http.ts';
import type { Logger } from './record/log.ts';
import { Metrics } from './record/metrics.ts';
import { Recorder } from './record/record.ts';
import { openVolumeStorage } from './storage/open-volume-storage.ts';
import { BaseDirectoryWatch } from './watch/base-directory.ts';
import { DirectoryWatch } from './watch/directories.ts';

/** How long a stop waits for what is under way before it leaves it to the next start, in milliseconds. */
const finishWithinMs = 3_000;

/** How long it then waits for Events that are not sent yet, in milliseconds. */
const flushEventsMs = 1_000;

export interface Daemon {
  /** Port that /healthz, /readyz and /metrics are served on. */
  readonly httpPort: number;
  /** Finishes what is under way, or abandons it safely, within five seconds. */
  stop(): Promise<void>;
}

/**
 * Builds the parts and starts them in order; `stop` ends them in reverse. An API server or a base directory that is not
 * there yet is waited for.
 * @throws {StartError} when the configuration cannot be worked with
 */
export async function startDaemon(config: Config, environment: NodeJS.ProcessEnv, log: Logger): Promise<Daemon> {
  const { nodeName, provisionerNames, kubeconfigPath } = config;
  const connection = await openConnection({ kubeconfigPath, environment }, { log });
  const concurrency = new ConcurrencyLimit();
  const concurrencyLimit = () => concurrency.value;
  const kube = createKubeApi(connection, { onEnded: (call) => concurrency.note(call) });
  const storage = openVolumeStorage({
    basePath: config.baseDirectory,
    nodeName,
    knownBases: () => controller.volumes.knownBases,
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
    volumesWithoutDirectory: () => controller.lost.counts(),
  });
  const recorder = new Recorder(log, metrics, events);
  const controller = new Controller({
    kube,
    storage,
    recorder,
    metrics,
    log,
    concurrencyLimit,
    nodeName,
    provisionerNames,
    abandonedGraceMs: config.abandonedGraceMs,
  });
  const baseDirectory = new BaseDirectoryWatch({
    storage,
    recorder: new BaseDirectoryRecorder({ log, metrics, events, nodeName }),
    onUsable: () => controller.lookAgain(),
    onChange: () => void directories.lookAgain(),
  });
  const directories = new DirectoryWatch({
    storage,
    volumes: controller.volumes,
    lost: controller.lost,
    base: () => baseDirectory.found,
    onLook: (volume) => controller.lookAtVolume(volume),
  });

  let reflectors: Watches | undefined;
  const troubles = () => [
    ...troubleWithBase(baseDirectory),
    ...troubleWithWatches(reflectors),
    ...troubleWithVolumes(controller),
  ];
  const http = await serveHttp({ ...config.http, metrics, troubles });
  log.info({ server: connection.server, provisionerNames, httpPort: http.port }, 'daemon started');

  await baseDirectory.start();
  const watching = new AbortController();
  reflectors = watchAll(controller, nodeName, connection, watching.signal, log);
  const started = startOnceSynced(reflectors, () => {
    void baseDirectory.lookAgain();
    directories.start();
    controller.start();
  });

  return {
    httpPort: http.port,
    async stop() {
      watching.abort();
      baseDirectory.stop();
      await started;
      directories.stop();
      await Promise.race([controller.stop(), sleep(finishWithinMs, undefined, { ref: false })]);
      await events.close(flushEventsMs);
      await connection.close();
      await storage.close();
      await http.close();
      log.info('daemon stopped');
    },
  };
}

type Watches = Record<'nodes' | 'storageclasses' | 'persistentvolumes' | 'persistentvolumeclaims', Reflector>;

function watchAll(
  controller: Controller,
  nodeName: string,
  connection: Connection,
  signal: AbortSignal,
  log: Logger,
): Watches {
  const watch = <Kind extends MetadataObject>(selection: Selection, handler: ChangeHandler<Kind>): Reflector =>
    startReflector({ connection, selection, handler, signal, log });
  return {
    nodes: watch(
      { path: '/api/v1/nodes', fieldSelector: `metadata.name=${nodeName}`, metadataOnly: true },
      controller.node,
    ),
    storageclasses: watch({ path: '/apis/storage.k8s.io/v1/storageclasses' }, controller.classes),
    persistentvolumes: watch(
      { path: '/api/v1/persistentvolumes', labelSelector: `${nodeLabel}=${nodeLabelValue(nodeName)}` },
      controller.volumes,
    ),
    // Claims that wait already come whole, which saves reading each of them; changes of everybody's claims come as metadata.
    persistentvolumeclaims: watch(
      { path: '/api/v1/persistentvolumeclaims', metadataOnly: true, listWhole: true },
      controller.claims,
    ),
  };
}

/**
 * A claim cannot be judged before node and classes are known, nor the base directory before the volumes are; claims
 * themselves are taken up while the rest still arrives.
 */
async function startOnceSynced(watches: Watches, start: () => void): Promise<void> {
  const { nodes, storageclasses, persistentvolumes } = watches;
  const synced = await Promise.all([nodes.synced, storageclasses.synced, persistentvolumes.synced]);
  if (synced.every(Boolean)) start();
}

function troubleWithBase({ trouble }: BaseDirectoryWatch): string[] {
  return trouble === undefined ? [] : [`base directory: ${trouble}`];
}

function troubleWithVolumes({ lost }: Controller): string[] {
  const counts = [...lost.counts()];
  return counts.map(([reason, count]) => `volumes in use without their directory: ${count} (${reason})`);
}

function troubleWithWatches(watches: Watches | undefined): string[] {
  if (watches === undefined) return ['watches: not started yet'];
  return Object.entries(watches).flatMap(([name, reflector]) => {
    const { synced, trouble } = reflector.state();
    if (trouble !== undefined) return [`${name}: ${trouble.message} (since ${trouble.since.toISOString()})`];
    return synced ? [] : [`${name}: not listed yet`];
  });
}
