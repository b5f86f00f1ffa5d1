import { documentVersion, type NodeStatus } from '../../src/model/node-status.ts';
import type { Json } from '../support/api.ts';
import { until } from '../support/until.ts';
import type { TestCluster } from './test-cluster.ts';

const name = 'node-2';
const path = `/api/v1/nodes/${name}`;
const lease = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const systemPods = '/api/v1/namespaces/hostpath-provisioner-system/pods';
const isReady = [{ type: 'Ready', status: 'True', reason: 'Test', message: '' }];
const capacity = { cpu: '1', memory: '1Gi', pods: '10' };

/** A second node of which there is only the object: no kubelet runs its pods, so that a test says what becomes of them. */
export class SecondNode {
  readonly name = name;
  readonly #cluster: TestCluster;

  constructor(cluster: TestCluster) {
    this.#cluster = cluster;
  }

  /** It has no room for pods yet, so no daemon comes to it. */
  async register(): Promise<void> {
    const { api } = this.#cluster;
    const metadata = { name, labels: { 'kubernetes.io/hostname': name } };
    await api.create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata });
    await api.create(lease, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'kube-node-lease' },
      spec: { holderIdentity: name, leaseDurationSeconds: 40 },
    });
    await this.#setStatus({ conditions: isReady });
  }

  /** As kubelet says every ten seconds that the node is there. */
  async beat(): Promise<void> {
    const renewTime = new Date().toISOString().replace('Z', '000Z');
    await this.#cluster.api.patch(`${lease}/${name}`, { spec: { renewTime } });
  }

  /** Gets a daemon, whose pod no kubelet starts. */
  async takeDaemon(): Promise<void> {
    await this.#setStatus({ capacity, allocatable: capacity, conditions: isReady });
    await until('the daemon is scheduled to the second node', async () => (await this.#daemonPods()).length === 1, {
      withinMs: 60_000,
      everyMs: 200,
    });
  }

  /** From now on the daemon is ready, and a pod on the first node answers in its place, with a status without troubles. */
  async startDaemon(version: string): Promise<void> {
    const { api } = this.#cluster;
    const status: NodeStatus = {
      apiVersion: documentVersion,
      kind: 'NodeStatus',
      node: name,
      version,
      troubles: [],
      baseDirectories: [],
      keptDirectories: {},
      volumes: [],
    };
    await this.#cluster.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'answers' },
      spec: {
        terminationGracePeriodSeconds: 0,
        nodeName: this.#cluster.node.node,
        containers: [
          {
            name: 'answers',
            image: 'busybox:1.36',
            command: [
              'sh',
              '-c',
              'mkdir /tmp/www && echo "$STATUS" >/tmp/www/volumes && exec httpd -f -p 8080 -h /tmp/www',
            ],
            env: [{ name: 'STATUS', value: JSON.stringify(status) }],
          },
        ],
      },
    });
    const podIP = await until(
      'the pod that answers has an address',
      async () => (await api.get('/api/v1/namespaces/default/pods/answers')).status.podIP,
      { withinMs: 60_000, everyMs: 200 },
    );
    const [pod] = await this.#daemonPods();
    await api.patch(`${systemPods}/${pod.metadata.name}/status`, {
      status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions: isReady },
    });
  }

  /** Takes the node away, with the pods that nobody would end. */
  async remove(): Promise<void> {
    const { api } = this.#cluster;
    await api.delete(path);
    for (const { metadata } of await this.#daemonPods()) {
      await api.delete(`${systemPods}/${metadata.name}`, { gracePeriodSeconds: 0 });
    }
  }

  #daemonPods(): Promise<Json[]> {
    return this.#cluster.api.list(`${systemPods}?fieldSelector=spec.nodeName=${name}`);
  }

  async #setStatus(status: Json): Promise<void> {
    await this.#cluster.api.patch(`${path}/status`, { status });
  }
}
