import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { V1PersistentVolumeClaim, V1Pod, V1Service, V1StatefulSet, V1StorageClass } from '@kubernetes/client-node';
import type { Image } from '../control-plane/real/image.ts';
import { type Cluster, startCluster } from '../control-plane/real/node.ts';
import { kubernetesPath } from '../control-plane/real/prerequisites.ts';
import { projectImages } from '../control-plane/real/project-images.ts';
import { type Answer, Api, type Json } from '../support/api.ts';
import { until } from '../support/until.ts';
import type { EarlierRelease } from './earlier-release.ts';
import { processes } from './processes.ts';

const project = resolve(import.meta.dirname, '../..');
const daemonSelector = [
  '--namespace=hostpath-provisioner-system',
  '--selector=app.kubernetes.io/name=hostpath-provisioner',
];
const reportedLogLines = 40;
const mostOutputBytes = 64 * 1024 * 1024;
const volumes = '/api/v1/persistentvolumes';
const basesOf = (daemon: TestClusterOptions['daemon']) =>
  daemon === 'overlays/pools' ? ['/mnt/ssd', '/mnt/hdd'] : ['/tmp/hostpath-provisioner'];
const collections = {
  StorageClass: '/apis/storage.k8s.io/v1/storageclasses',
  PersistentVolumeClaim: '/api/v1/namespaces/default/persistentvolumeclaims',
  Pod: '/api/v1/namespaces/default/pods',
  Service: '/api/v1/namespaces/default/services',
  StatefulSet: '/apis/apps/v1/namespaces/default/statefulsets',
};

export interface TestClusterOptions {
  /** What runs the daemon: a manifest, beside the shipped class; or an overlay, which has all that it needs. */
  daemon: 'daemonset.yaml' | 'pod.yaml' | 'overlays/pools';
  /** Prepares the node for the daemon. */
  prepare?: (node: Cluster) => void;
  /** Value of the node's label `kubernetes.io/hostname`. Default: the node's name. */
  hostname?: string;
  /** Makes what pods may use beside the images that the shipped manifests of the daemon and of the claims name. */
  moreImages?: () => Promise<Image[]>;
  /** What is installed at first. Default: this release, whose image is there in any case. */
  release?: () => Promise<EarlierRelease>;
}

/** One real node with the daemon's image, and the shipped manifests applied to it as they are. */
export class TestCluster {
  readonly api: Api;
  /** The manifests' base directory on the node, as a path of this machine. */
  readonly baseDirectory: string;
  readonly #cluster: Cluster;

  readonly #daemon: TestClusterOptions['daemon'];

  private constructor(cluster: Cluster, daemon: TestClusterOptions['daemon']) {
    this.#cluster = cluster;
    this.#daemon = daemon;
    this.api = new Api(cluster.adminKubeconfigPath);
    this.baseDirectory = join(cluster.tmpPath, 'hostpath-provisioner');
  }

  static async start({ daemon, prepare, hostname, moreImages, release }: TestClusterOptions): Promise<TestCluster> {
    const earlier = await release?.();
    const cluster = new TestCluster(
      await startCluster({
        images: [...projectImages(), ...(earlier ? [earlier.image] : []), ...((await moreImages?.()) ?? [])],
        ...(hostname !== undefined && { hostname }),
      }),
      daemon,
    );
    try {
      prepare?.(cluster.node);
      await cluster.#install(earlier?.folder);
      return cluster;
    } catch (cause) {
      console.error(await cluster.report());
      await cluster.stop();
      throw cause;
    }
  }

  async #install(release = project): Promise<void> {
    const paths = this.#daemon.startsWith('overlays/')
      ? ['-k', this.#daemon]
      : ['-f', 'rbac/', '-f', 'manifests/class.yaml', '-f', `manifests/${this.#daemon}`];
    const what = paths.map((path) => (path.startsWith('-') ? path : join(release, path)));
    await this.kubectl('apply', '-f', join(release, 'rbac/namespace.yaml'));
    await this.kubectl('apply', ...what);
    await this.untilDaemonReady();
  }

  /** Makes another cluster of the node, with the daemon on the base directory that the last one has left. */
  async rebuild(): Promise<void> {
    await this.#cluster.rebuild();
    await this.#install();
  }

  get node(): Cluster {
    return this.#cluster;
  }

  /** Runs kubectl in the project's directory, as its README does. */
  async kubectl(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(kubernetesPath(), ['kubectl', ...args], {
      ...this.#surroundings(),
      maxBuffer: mostOutputBytes,
    });
    return stdout;
  }

  /** The same as a process, for what goes on for long; its standard output is to be read. */
  spawnKubectl(...args: string[]): ChildProcess {
    return spawn(kubernetesPath(), ['kubectl', ...args], {
      ...this.#surroundings(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  #surroundings() {
    return { cwd: project, env: { HOME: this.#cluster.tmpPath, KUBECONFIG: this.#cluster.adminKubeconfigPath } };
  }

  async untilDaemonReady(): Promise<void> {
    await this.#until('the daemon is ready', async () => {
      const pods = JSON.parse(await this.kubectl('get', 'pods', ...daemonSelector, '--output=json')).items;
      if (pods.length !== 1) throw new Error(`it has ${pods.length} pods`);
      const ready = pods[0].status.conditions?.find((condition: { type: string }) => condition.type === 'Ready');
      if (ready?.status !== 'True') throw new Error(`its pod is ${JSON.stringify(pods[0].status)}`);
      return pods[0];
    });
  }

  /** Ends the daemon's process without a warning, as a crash does; kubelet starts it again. */
  killDaemon(): void {
    process.kill(this.daemonProcessId(), 'SIGKILL');
  }

  /** Deletes the daemon's pod, and waits for the next one. */
  async replaceDaemonPod(): Promise<void> {
    await this.kubectl('delete', 'pods', ...daemonSelector, '--wait');
    await this.untilDaemonReady();
  }

  daemonProcessId(): number {
    const daemon = processes().find(
      ({ commandLine, controlGroups }) =>
        commandLine.includes('/hostpath-provisioner.mjs') && controlGroups.includes(this.#cluster.name),
    );
    if (daemon === undefined) throw new Error('the daemon does not run');
    return daemon.id;
  }

  /** The id, on this machine, of the first process of a pod's only container. */
  async podProcessId(pod: string): Promise<number> {
    const { status } = await this.api.get(`${collections.Pod}/${pod}`);
    const container = status.containerStatuses[0].containerID.replace('containerd://', '');
    const ids = processes().filter(({ controlGroups }) => controlGroups.includes(container));
    if (ids.length === 0) throw new Error(`pod ${pod} does not run`);
    return Math.min(...ids.map(({ id }) => id));
  }

  /** @returns the id of the process that has taken the place of `earlier` */
  untilDaemonRunsAgain(earlier: number): Promise<number> {
    return this.#until('the daemon is started again', async () => {
      const id = this.daemonProcessId();
      if (id === earlier) throw new Error('the killed one is still there');
      return id;
    });
  }

  /** The pod of the daemon, as the API server has it. */
  async daemonPod(): Promise<Json> {
    return JSON.parse(await this.kubectl('get', 'pods', ...daemonSelector, '--output=json')).items[0];
  }

  /** Asks the daemon itself, which kubelet does only every few seconds. */
  async untilReadyzAnswers(): Promise<void> {
    const path = await this.#daemonHttpPath();
    const check = async () => {
      const { status, body } = await this.api.send('GET', `${path}/readyz`);
      if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
      return true;
    };
    await until('/readyz answers that the daemon is ready', check, { withinMs: 60_000, everyMs: 10 });
  }

  /** Asks the daemon what it serves over HTTP. */
  async askDaemon(path: 'readyz' | 'metrics'): Promise<Answer> {
    return this.api.send('GET', `${await this.#daemonHttpPath()}/${path}`);
  }

  /** Where the API server passes requests on to the daemon. */
  async #daemonHttpPath(): Promise<string> {
    const { metadata } = await this.daemonPod();
    return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}:8080/proxy`;
  }

  /** How often kubelet has started the daemon again, as it has said by now. */
  async daemonRestarts(): Promise<number> {
    const pod = await this.daemonPod();
    return pod.status.containerStatuses[0].restartCount;
  }

  /** Waits until kubelet says that it has started the daemon again as often as this. It says so later than the daemon works. */
  async untilDaemonRestarts(count: number): Promise<void> {
    await this.#until(`the daemon was started again ${count} times`, async () => {
      const found = await this.daemonRestarts();
      if (found !== count) throw new Error(`${found} times`);
      return true;
    });
  }

  /** The lines of the daemon's log. */
  async daemonLog(): Promise<string[]> {
    return (await this.kubectl('logs', ...daemonSelector, '--tail=-1')).trimEnd().split('\n');
  }

  /** What a person would look at first when something does not work. */
  async report(): Promise<string> {
    const parts = await Promise.allSettled([
      this.kubectl('describe', 'persistentvolumeclaims,persistentvolumes,pods'),
      this.kubectl('describe', 'pods', ...daemonSelector),
      this.kubectl('logs', ...daemonSelector, `--tail=${reportedLogLines}`),
    ]);
    return parts.map((part) => (part.status === 'fulfilled' ? part.value : String(part.reason))).join('\n');
  }

  create(object: V1StorageClass | V1PersistentVolumeClaim | V1Pod | V1Service | V1StatefulSet): Promise<Json> {
    return this.api.create(collections[object.kind as keyof typeof collections], object);
  }

  /** As the scheduler does for the first pod of a claim, which this one does not have. */
  async selectNode(claim: string): Promise<void> {
    const annotations = { 'volume.kubernetes.io/selected-node': this.#cluster.node };
    await this.api.patch(`${collections.PersistentVolumeClaim}/${claim}`, { metadata: { annotations } });
  }

  /** @returns the volume that the claim is bound to, and the path of its directory on this machine */
  async untilBound(claim: string): Promise<{ volume: Json; directory: string }> {
    const name = await this.#until(`claim ${claim} is bound`, async () => {
      const { status, spec } = await this.api.get(`${collections.PersistentVolumeClaim}/${claim}`);
      if (status.phase !== 'Bound') throw new Error(`it is ${status.phase}`);
      return spec.volumeName;
    });
    const volume = await this.api.get(`${volumes}/${name}`);
    const { path } = volume.spec.hostPath ?? volume.spec.local;
    return { volume, directory: join(this.node.rootPath, path) };
  }

  /** Asks for a larger size in a claim, and waits until its volume and its status have it. */
  async grow(claim: string, storage: string): Promise<void> {
    const path = `${collections.PersistentVolumeClaim}/${claim}`;
    const { spec } = await this.api.patch(path, { spec: { resources: { requests: { storage } } } });
    await this.#until(`claim ${claim} has ${storage}`, async () => {
      const { status } = await this.api.get(path);
      const volume = await this.api.get(`${volumes}/${spec.volumeName}`);
      const sizes = [volume.spec.capacity.storage, status.capacity.storage];
      if (sizes.some((size) => size !== storage)) throw new Error(`volume and claim have ${sizes.join(' and ')}`);
      return true;
    });
  }

  async untilSucceeded(pod: string): Promise<void> {
    const { phase, containerStatuses } = await this.#until(`pod ${pod} has ended`, async () => {
      const { status } = await this.api.get(`${collections.Pod}/${pod}`);
      if (!['Succeeded', 'Failed'].includes(status.phase)) throw new Error(`it is ${JSON.stringify(status)}`);
      return status;
    });
    if (phase !== 'Succeeded') throw new Error(`pod ${pod} failed: ${JSON.stringify(containerStatuses)}`);
  }

  async untilPodSays(pod: string, words: string): Promise<void> {
    await this.#until(`pod ${pod} says ${JSON.stringify(words)}`, async () => {
      const said = await this.kubectl('logs', pod);
      if (said !== words) throw new Error(`it said ${JSON.stringify(said)}`);
      return said;
    });
  }

  /** Waits for the pod's end, takes it away and gives back what it wrote. */
  async runToSuccess(pod: V1Pod): Promise<string> {
    const name = pod.metadata?.name ?? '';
    await this.create(pod);
    await this.untilSucceeded(name);
    const output = await this.kubectl('logs', name);
    await this.kubectl('delete', 'pod', name, '--wait');
    return output;
  }

  /** Deletes a claim and waits until its volume and directory are gone too, and nothing is left in the trash. */
  async deleteWithVolume(claim: string): Promise<void> {
    const { volume, directory } = await this.untilBound(claim);
    await this.kubectl('delete', 'persistentvolumeclaim', claim, '--wait');
    await this.#until(`nothing is left of claim ${claim}`, async () => {
      const left = await this.api.get(`${volumes}/${volume.metadata.name}`);
      if (left !== undefined) throw new Error(`the volume is ${left.status.phase}`);
      if (existsSync(directory)) throw new Error(`${directory} is there`);
      return this.#trashIsEmpty();
    });
  }

  async untilVolumesAre(names: readonly string[]): Promise<void> {
    await this.#until('only the expected volumes are there', async () => {
      const found: string[] = (await this.api.list(volumes)).map(({ metadata }) => metadata.name);
      const others = found.filter((name) => !names.includes(name));
      const missing = names.filter((name) => !found.includes(name));
      if (others.length + missing.length > 0) throw new Error(`beyond them ${others}; missing ${missing}`);
      return this.#trashIsEmpty();
    });
  }

  #trashIsEmpty(): true {
    const trash = basesOf(this.#daemon).flatMap((path) =>
      readdirSync(join(this.node.rootPath, path, '.hostpath-provisioner/trash')),
    );
    if (trash.length > 0) throw new Error(`the trash holds ${trash.join(', ')}`);
    return true;
  }

  /** A node at work is slow: kubectl and pods take their time. */
  #until(what: string, check: () => Promise<Json>): Promise<Json> {
    return until(what, check, { withinMs: 60_000, everyMs: 200 });
  }

  async stop(): Promise<void> {
    await this.api.close();
    await this.#cluster.stop();
  }
}
