import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCluster } from '../e2e/test-cluster.ts';
import { until } from '../support/until.ts';

const pods = '/api/v1/namespaces/default/pods';
const withinMs = 240_000;

/** Applies an overlay of this folder, and waits until all its pods are ready. */
export async function install(cluster: TestCluster, overlay: string, statefulSets: readonly string[]): Promise<void> {
  await cluster.kubectl('apply', '-k', `test/kafka/overlays/${overlay}`);
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/client', `--timeout=${withinMs}ms`);
  for (const name of statefulSets) await untilReady(cluster, name);
}

/** Removes what `install` has applied, and the claims with their volumes. */
export async function uninstall(cluster: TestCluster, overlay: string): Promise<void> {
  await cluster.kubectl('delete', '-k', `test/kafka/overlays/${overlay}`, '--wait');
  await cluster.kubectl('wait', '--for=delete', 'pod', '--selector=app', `--timeout=${withinMs}ms`);
  await cluster.kubectl('delete', 'persistentvolumeclaims', '--all', '--wait');
  await cluster.untilVolumesAre([]);
}

async function untilReady(cluster: TestCluster, statefulSet: string, timeoutMs = withinMs): Promise<void> {
  await cluster.kubectl('rollout', 'status', `statefulset/${statefulSet}`, `--timeout=${timeoutMs}ms`);
}

/** Has a pod deleted, with the time that it asks for to end, and waits for the next one of that name. */
export async function replacePod(cluster: TestCluster, pod: string): Promise<void> {
  await cluster.kubectl('delete', 'pod', pod, '--wait');
  await untilPodReady(cluster, pod);
}

/** Ends the pod's program without a warning; kubelet starts the container again. */
export async function killContainer(cluster: TestCluster, pod: string): Promise<void> {
  const earlier = await restarts(cluster, pod);
  process.kill(await cluster.podProcessId(pod), 'SIGKILL');
  const started = async () => (await restarts(cluster, pod)) > earlier;
  await until(`the container of ${pod} is started again`, started, { withinMs, everyMs: 200 });
  await untilPodReady(cluster, pod);
}

const restarts = async (cluster: TestCluster, pod: string): Promise<number> =>
  (await cluster.api.get(`${pods}/${pod}`)).status.containerStatuses[0].restartCount;

export async function untilPodReady(cluster: TestCluster, pod: string): Promise<void> {
  const ready = async () => {
    const { status } = await cluster.api.get(`${pods}/${pod}`);
    if (!status.containerStatuses?.[0]?.ready) throw new Error(JSON.stringify(status));
    return true;
  };
  await until(`pod ${pod} is ready`, ready, { withinMs, everyMs: 200 });
}

export async function scale(cluster: TestCluster, statefulSet: string, replicas: number): Promise<void> {
  await cluster.kubectl('scale', `statefulset/${statefulSet}`, `--replicas=${replicas}`);
  const asMany = async () => {
    const found = await cluster.api.list(`${pods}?labelSelector=app=${statefulSet}`);
    if (found.length !== replicas) throw new Error(`it has ${found.length}`);
    return true;
  };
  await until(`${statefulSet} has ${replicas} pods`, asMany, { withinMs, everyMs: 200 });
  await untilReady(cluster, statefulSet);
}

/** Replaces all pods one after the other, as a new version or configuration does. */
export async function rollingRestart(cluster: TestCluster, statefulSet: string): Promise<void> {
  await cluster.kubectl('rollout', 'restart', `statefulset/${statefulSet}`);
  await untilReady(cluster, statefulSet, 2 * withinMs);
}

/** Waits for words in the log of the first broker, which need not become ready. */
export async function untilBrokerSays(cluster: TestCluster, words: string): Promise<void> {
  const said = async () => (await cluster.kubectl('logs', 'kafka-0')).includes(words);
  await until(`kafka-0 says ${JSON.stringify(words)}`, said, { withinMs, everyMs: 200 });
}

/** The directories of claims, in their order, once all of these are bound. */
export async function directoriesOf(cluster: TestCluster, claims: readonly string[]): Promise<string[]> {
  const bound = await Promise.all(claims.map((claim) => cluster.untilBound(claim)));
  return bound.map(({ directory }) => directory);
}

/** The id of the Kafka cluster that a directory of messages belongs to, as the broker has noted it there. */
export function clusterIdIn(logDirectory: string): string {
  const [, id] = /^cluster\.id=(.+)$/m.exec(readFileSync(join(logDirectory, 'meta.properties'), 'utf8')) ?? [];
  if (id === undefined) throw new Error(`${logDirectory} has no cluster id`);
  return id;
}
