import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { upstreamOf } from '../../test/faults/proxy/upstream.ts';
import type { Cluster } from '../../test/support/cluster.ts';
import type { FreshCluster } from '../cluster/fresh-cluster.ts';
import { inLoops } from '../cluster/in-loops.ts';
import { bundle } from '../provisioners/measured-daemon.ts';
import { CountingProxy } from './counting-proxy.ts';

/** A starting daemon has a core for itself for half a second. */
const startingAtOnce = 4;
const readyWithinMs = 300_000;

/** Daemons of one provisioner name, each a process of its own, of a node of its own, on a base directory of its own. */
export class Fleet {
  readonly proxy: CountingProxy;
  /** Of the nodes that have a daemon. */
  readonly nodeNames: string[] = [];
  readonly #cluster: Cluster;
  readonly #kubeconfigPath: string;

  /** Makes the fleet, without daemons; `Cluster.remove` ends those that come. */
  static async start({ cluster, adminKubeconfigPath }: FreshCluster): Promise<Fleet> {
    const proxy = await CountingProxy.start(upstreamOf(adminKubeconfigPath));
    // One account for all, as the pods of a DaemonSet have.
    return new Fleet(cluster, proxy, await cluster.daemonKubeconfig({ server: proxy.server, skipTLSVerify: true }));
  }

  private constructor(cluster: Cluster, proxy: CountingProxy, kubeconfigPath: string) {
    this.#cluster = cluster;
    this.proxy = proxy;
    this.#kubeconfigPath = kubeconfigPath;
  }

  /** Starts daemons until there are so many, and waits until all are ready. */
  async growTo(size: number): Promise<void> {
    await inLoops(startingAtOnce, size - this.nodeNames.length, () => this.#startOne());
  }

  async #startOne(): Promise<void> {
    const nodeName = `${this.#cluster.nodeName}-${this.nodeNames.length}`;
    this.nodeNames.push(nodeName);
    const baseDirectory = join(this.#cluster.folder, nodeName);
    await mkdir(baseDirectory);
    await this.#cluster.createNode(nodeName);
    const daemon = await this.#cluster.startDaemon({
      kubeconfigPath: this.#kubeconfigPath,
      nodeName,
      baseDirectory,
      program: bundle,
      logLevel: 'info',
      waitUntilReady: false,
    });
    const died = daemon.exited.then(() => {
      throw new Error(`a daemon has ended; the end of its log:\n${daemon.lastLines}`);
    });
    died.catch(() => {}); // also when the fleet is ended
    await Promise.race([daemon.untilReady(readyWithinMs), died]);
  }
}
