import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api, type Json } from './api.ts';
import { claim, node, storageClass, uniqueName } from './build.ts';
import { daemonKubeconfig, type KubeconfigChanges } from './daemon-kubeconfig.ts';
import { type DaemonOptions, DaemonProcess } from './daemon-process.ts';
import { createAll, readManifests } from './manifests.ts';
import { until } from './until.ts';

/**
 * A corner of a control plane that a test has for itself: a namespace, a provisioner name, a node and a base directory of
 * its own, so that tests can share an API server.
 */
export class Cluster {
  readonly api: Api;
  readonly namespace = uniqueName('test');
  readonly nodeName = uniqueName('node');
  readonly provisioner = uniqueName('hostpath');
  readonly className = uniqueName('class');
  /** Whether the test takes rights away; else every denied request fails it. */
  expectsDenials = false;
  /** A temporary directory; the base directory is `base` in it. */
  readonly folder: string;
  readonly #adminKubeconfigPath: string;
  readonly #program: string | undefined;
  readonly #daemons: DaemonProcess[] = [];
  readonly #clusterScoped: string[] = [];

  private constructor(adminKubeconfigPath: string, folder: string, program: string | undefined) {
    this.#adminKubeconfigPath = adminKubeconfigPath;
    this.#program = program;
    this.folder = folder;
    this.api = new Api(adminKubeconfigPath);
  }

  /**
   * Makes everything but the daemon: namespace, node, class (Immediate, Delete), base directory, the shipped RBAC.
   * @param program what its daemons run; the sources, unless told otherwise
   * @param place takes its folder
   */
  static async make(adminKubeconfigPath: string, program?: string, place = tmpdir()): Promise<Cluster> {
    const cluster = new Cluster(adminKubeconfigPath, await mkdtemp(join(place, 'hostpath-test-')), program);
    await mkdir(cluster.base);
    await createAll(cluster.api, readManifests('rbac'));
    await cluster.api.create('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: cluster.namespace },
    });
    await cluster.createNode();
    await cluster.createClass(cluster.className);
    return cluster;
  }

  get base(): string {
    return join(this.folder, 'base');
  }

  get claimsPath(): string {
    return `/api/v1/namespaces/${this.namespace}/persistentvolumeclaims`;
  }

  /** Writes a kubeconfig that acts as the daemon's ServiceAccount, with the rights of the shipped roles alone. */
  async daemonKubeconfig(changes: KubeconfigChanges = {}): Promise<string> {
    const text = await daemonKubeconfig(this.#adminKubeconfigPath, this.api.create, changes);
    const path = join(this.folder, `kubeconfig-${randomUUID()}`);
    await writeFile(path, text);
    return path;
  }

  /** Writes a kubeconfig that acts as a ServiceAccount with the rights of these rules alone. */
  async kubeconfigWithRights(rules: Json[]): Promise<string> {
    const name = uniqueName('limited');
    const accounts = `/api/v1/namespaces/${this.namespace}/serviceaccounts`;
    const apiGroup = 'rbac.authorization.k8s.io';
    const apiVersion = `${apiGroup}/v1`;
    await this.api.create(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
    await this.#createClusterScoped(`/apis/${apiVersion}/clusterroles`, {
      apiVersion,
      kind: 'ClusterRole',
      metadata: { name },
      rules,
    });
    await this.#createClusterScoped(`/apis/${apiVersion}/clusterrolebindings`, {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: this.namespace }],
    });
    const path = await this.daemonKubeconfig({ account: `${accounts}/${name}` });
    await untilGranted(path, rules);
    return path;
  }

  /** Ends the daemons, and fails if the API server denied them anything that they asked for. */
  async proveNothingDenied(): Promise<void> {
    await this.removeDaemons();
    await Promise.all(this.#daemons.map(({ silent }) => silent));
    const denials = this.#daemons.flatMap((daemon) => daemon.denials);
    if (denials.length > 0) throw new Error(`the API server denied what the daemon asked for:\n${denials.join('\n')}`);
  }

  /** Starts the daemon as a process of its own and waits until it is ready, unless told otherwise. */
  async startDaemon(options: Partial<DaemonOptions> & { waitUntilReady?: boolean } = {}): Promise<DaemonProcess> {
    const daemon = new DaemonProcess({
      kubeconfigPath: options.kubeconfigPath ?? (await this.daemonKubeconfig()),
      nodeName: this.nodeName,
      baseDirectory: this.base,
      provisionerNames: [this.provisioner],
      ...(this.#program !== undefined && { program: this.#program }),
      ...options,
    });
    this.#daemons.push(daemon);
    if (options.waitUntilReady ?? true) await daemon.untilReady();
    return daemon;
  }

  async createNode(name: string = this.nodeName, labels: Record<string, string> = {}): Promise<void> {
    await this.#createClusterScoped('/api/v1/nodes', node(name, labels));
  }

  async createClass(name: string, changes: Json = {}): Promise<void> {
    const object = storageClass(name, { provisioner: this.provisioner, ...changes });
    await this.#createClusterScoped('/apis/storage.k8s.io/v1/storageclasses', object);
  }

  createClaim(name: string, changes: Json = {}): Promise<Json> {
    const spec = { storageClassName: this.className, ...changes.spec };
    return this.api.create(this.claimsPath, claim(name, { ...changes, spec }));
  }

  readClaim = (name: string): Promise<Json | undefined> => this.api.get(`${this.claimsPath}/${name}`);
  deleteClaim = (name: string): Promise<Json> => this.api.delete(`${this.claimsPath}/${name}`);
  readVolume = (name: string): Promise<Json | undefined> => this.api.get(`/api/v1/persistentvolumes/${name}`);

  /** Waits until the claim is bound; returns it, its volume and the directory. */
  async untilBound(name: string): Promise<{ claim: Json; volume: Json; directory: string }> {
    const isBound = async () => {
      const found = await this.readClaim(name);
      if (found?.status?.phase === 'Bound') return found;
      throw new Error(`phase ${found?.status?.phase}`);
    };
    const bound = await until(`claim ${name} is bound`, isBound).catch(async (cause) => {
      throw new Error(`${cause.message}; Events: ${JSON.stringify(await this.eventsOf(name))}`, { cause });
    });
    const volume = await this.readVolume(bound.spec.volumeName);
    return { claim: bound, volume, directory: volume.spec.hostPath?.path ?? volume.spec.local.path };
  }

  untilVolumeGone = (name: string): Promise<true> =>
    until(`volume ${name} is gone`, async () => (await this.readVolume(name)) === undefined);

  /** The Events of an object of the namespace, or of a volume, as `Type Reason: message`. */
  async eventsOf(name: string): Promise<string[]> {
    const ofName = `fieldSelector=${encodeURIComponent(`involvedObject.name=${name}`)}`;
    const events = [
      ...(await this.api.list(`/api/v1/namespaces/${this.namespace}/events?${ofName}`)),
      ...(await this.api.list(`/api/v1/namespaces/default/events?${ofName}`)),
    ];
    return events.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
  }

  /** Makes another base directory, beside `base`. */
  async makeBase(name: string): Promise<string> {
    const path = join(this.folder, name);
    await mkdir(path);
    return path;
  }

  /** Names in a base directory, without the daemon's own. */
  async directories(base = 'base'): Promise<string[]> {
    return (await readdir(join(this.folder, base))).filter((name) => name !== '.hostpath-provisioner').sort();
  }

  /** Names in one of the daemon's own folders, `volumes` or `trash`; none when it does not exist. */
  async journal(folder: 'volumes' | 'trash'): Promise<string[]> {
    return readdir(join(this.base, '.hostpath-provisioner', folder)).catch(() => []);
  }

  readFile = (path: string): Promise<string> => readFile(path, 'utf8');

  async removeDaemons(): Promise<void> {
    for (const daemon of this.#daemons) await daemon.kill('SIGKILL');
  }

  /** Ends the daemons and removes what the test made. */
  async remove(): Promise<void> {
    await this.removeDaemons();
    for (const path of this.#clusterScoped) await this.api.send('DELETE', path);
    await this.api.send('DELETE', `/api/v1/namespaces/${this.namespace}`);
    await this.api.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #createClusterScoped(collection: string, object: Json): Promise<void> {
    await this.api.create(collection, object);
    this.#clusterScoped.push(`${collection}/${object.metadata.name}`);
  }
}

/** The API server hears of a new role and its binding by a watch, and denies until then what they allow. */
async function untilGranted(kubeconfigPath: string, rules: readonly Json[]): Promise<void> {
  const path = rules.map(readablePath).find((path) => path !== undefined);
  if (path === undefined) throw new Error('these rules allow to read nothing, so nothing shows that they hold');
  const api = new Api(kubeconfigPath);
  try {
    await until(`GET ${path} is granted`, async () => (await api.send('GET', path)).status !== 403);
  } finally {
    await api.close();
  }
}

/** What a rule allows to read, which need not exist: a right is judged first. */
function readablePath({ apiGroups: [group], resources: [resource], verbs, resourceNames }: Json): string | undefined {
  if (resourceNames !== undefined) return undefined;
  const collection = `${group === '' ? '/api/v1' : `/apis/${group}/v1`}/namespaces/default/${resource}`;
  if (verbs.includes('get')) return `${collection}/none`;
  return verbs.includes('list') ? collection : undefined;
}
