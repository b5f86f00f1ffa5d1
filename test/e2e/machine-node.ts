import { mountPoint, QuotaMachine } from '../disks/machine/quota-machine.ts';
import type { Cluster } from '../support/cluster.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';
import { makeNodeDisk, podImage } from './node-disk-image.ts';

/** The machine's address in the network that qemu makes up for it. */
const address = '10.0.2.15';

/** Mounted at /var. node-disk-image.ts says what is on it. */
const diskDevice = '/dev/vde';

/** For what takes long where there is no KVM, beside other suites. */
export const slow = { withinMs: 240_000, everyMs: 1_000 };

/**
 * A machine whose file systems have project quotas as the node of a cluster: kubelet, containerd, and the daemon on a base directory
 * on XFS. Its pods use the network of the node. The control plane runs on this machine.
 */
export class MachineNode implements AsyncDisposable {
  readonly #machine: QuotaMachine;
  readonly #cluster: Cluster;
  readonly #folder: Awaited<ReturnType<typeof temporaryDirectory>>;

  private constructor(machine: QuotaMachine, cluster: Cluster, folder: Awaited<ReturnType<typeof temporaryDirectory>>) {
    this.#machine = machine;
    this.#cluster = cluster;
    this.#folder = folder;
  }

  /**
   * Boots the node that `cluster` names, starts its programs, and waits until the daemon is ready.
   * @throws {Error} that says what is missing, or what failed
   */
  static async start(cluster: Cluster, adminKubeconfigPath: string): Promise<MachineNode> {
    const folder = await temporaryDirectory();
    try {
      const diskPath = await makeNodeDisk(folder.path, cluster, adminKubeconfigPath);
      const node = new MachineNode(await QuotaMachine.boot({ diskPath, network: true }), cluster, folder);
      try {
        await node.#begin();
        return node;
      } catch (cause) {
        console.error(await node.report());
        await node.#machine[Symbol.asyncDispose]();
        throw cause;
      }
    } catch (cause) {
      await folder[Symbol.asyncDispose]();
      throw cause;
    }
  }

  /** /etc is a copy, because the tree that the machine began with is read-only. */
  async #begin(): Promise<void> {
    const { nodeName, provisioner, api } = this.#cluster;
    await this.#machine.run(`
      mount ${diskDevice} /var
      cp -a /etc /run/etc && mount --bind /run/etc /etc
      printf '127.0.0.1 localhost\\n${address} ${nodeName}\\n' >/etc/hosts
      echo ${nodeName} >/proc/sys/kernel/hostname
      mount -t cgroup2 cgroup2 /sys/fs/cgroup
      mount --make-rshared /
      modprobe virtio_net
      busybox ifconfig lo 127.0.0.1 up
      busybox ifconfig eth0 ${address} up
      mkdir ${mountPoint('xfs')}/base`);
    await this.#startProgram('containerd', '/var/node/bin/containerd --config=/var/node/containerd.toml');
    await until('containerd is ready', () => this.#ctr('version'), slow);
    for (const name of ['pause', 'pod']) await this.#ctr(`images import /var/node/${name}.tar`);
    // kubelet registers it with what it can hold. It would refuse pods as long as it saw a node that can hold none.
    await api.delete(`/api/v1/nodes/${nodeName}`);
    await this.#startProgram(
      'kubelet',
      [
        '/var/node/bin/kubernetes kubelet --config=/var/node/kubelet.yaml --kubeconfig=/var/node/kubelet.kubeconfig',
        `--hostname-override=${nodeName} --node-ip=${address} --node-labels=kubernetes.io/hostname=${nodeName}`,
      ].join(' '),
    );
    await until('kubelet has registered the node', () => api.get(`/api/v1/nodes/${nodeName}`), slow);
    await this.#startProgram(
      'daemon',
      [
        `node /var/node/hostpath-provisioner.mjs --kubeconfig /var/node/daemon.kubeconfig --node-name ${nodeName}`,
        `--base-directory ${mountPoint('xfs')}/base --provisioner-name ${provisioner} --http-address 127.0.0.1:8080`,
      ].join(' '),
    );
    await until('the daemon is ready', () => this.#get('127.0.0.1:8080/readyz'), slow);
  }

  /** Creates a claim of a class that enforces limits, and a pod that has its volume at /data and waits. */
  async createClaimWithPod(name: string, storage: string, className: string): Promise<void> {
    const { api, namespace, nodeName } = this.#cluster;
    await this.#cluster.createClaim(name, {
      spec: { storageClassName: className, resources: { requests: { storage } } },
    });
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: {
        nodeName,
        hostNetwork: true,
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        tolerations: [{ operator: 'Exists' }], // without a network of pods, the node does not become ready
        containers: [
          {
            name: 'shell',
            image: podImage,
            imagePullPolicy: 'Never',
            command: ['sleep', '2147483647'],
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
        ],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }],
      },
    };
    // It is refused until the namespace has its service account.
    await until(`pod ${name} is accepted`, () => api.create(`/api/v1/namespaces/${namespace}/pods`, pod), slow);
  }

  /** Runs a shell command in a pod, as `kubectl exec` would. @returns what it says on both outputs, whether it fails or not */
  async runInPod(name: string, command: string): Promise<string> {
    const container = await until(`pod ${name} runs`, () => this.#containerOf(name), slow);
    const exec = `task exec --exec-id ${crypto.randomUUID()} ${container}`;
    return this.#ctr(`${exec} sh -c '{ ${command}; } 2>&1 || true'`);
  }

  async #containerOf(pod: string): Promise<string> {
    const { status } = await this.#cluster.api.get(`/api/v1/namespaces/${this.#cluster.namespace}/pods/${pod}`);
    const [container] = status.containerStatuses ?? [];
    if (container?.state.running === undefined) throw new Error(JSON.stringify(status));
    return container.containerID.replace('containerd://', '');
  }

  /** kubelet's `kubelet_volume_stats_*` of a claim, by what stands for the star; empty before kubelet has looked at its volume. */
  async volumeStats(claim: string): Promise<Record<string, number>> {
    const metrics = await this.#get('127.0.0.1:10255/metrics');
    const labels = `namespace="${this.#cluster.namespace}",persistentvolumeclaim="${claim}"`;
    const line = /^kubelet_volume_stats_(\w+)\{(.*)\} (\S+)$/gm;
    const ofClaim = [...metrics.matchAll(line)].filter(([, , found]) => found === labels);
    return Object.fromEntries(ofClaim.map(([, name, , value]) => [name, Number(value)]));
  }

  /** What a person would look at first when something does not work. */
  async report(): Promise<string> {
    const { api, namespace } = this.#cluster;
    const events = await api.list(`/api/v1/namespaces/${namespace}/events`).catch(() => []);
    const told = events.map(({ involvedObject, reason, message }) => `${involvedObject.name} ${reason}: ${message}`);
    const logs = await this.#machine.run('tail -n 20 /var/log/*.log').catch(String);
    return [...told, logs].join('\n');
  }

  async #startProgram(name: string, command: string): Promise<void> {
    await this.#machine.run(`PATH=/var/node/bin:$PATH ${command} >/var/log/${name}.log 2>&1 </dev/null &`);
  }

  #ctr(args: string): Promise<string> {
    return this.#machine.run(`/var/node/bin/ctr --namespace=k8s.io ${args}`);
  }

  #get(url: string): Promise<string> {
    return this.#machine.run(`busybox wget -q -O - http://${url}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#machine[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}
