import { basename } from 'node:path';
import { apiServerServiceAddress } from './commands.ts';
import { makeCredentials } from './credentials.ts';
import { type Image, pauseImage } from './image.ts';
import * as configuration from './node-configuration.ts';
import { apiServerPort, NodeServices } from './node-services.ts';
import { OwnedDirectory } from './owned-directory.ts';
import { requirePrograms } from './prerequisites.ts';
import { Programs } from './programs.ts';
import { nodeAddress, startSandbox } from './sandbox.ts';

export interface ClusterOptions {
  /** What pods may use; nothing can be pulled. */
  images: readonly Image[];
  /** Default: `node-1`. */
  node?: string;
  /** Value of the node's label `kubernetes.io/hostname`. Default: the node's name. */
  hostname?: string;
}

export interface Cluster {
  /** Part of the name of the control groups that its pods are in. */
  readonly name: string;
  readonly node: string;
  readonly adminKubeconfigPath: string;
  /** The node's root directory, with all that is mounted there, as a path of this machine. */
  readonly rootPath: string;
  /** The node's /tmp, as a path of this machine. */
  readonly tmpPath: string;
  /** Path of the namespace of the node's network, for what is to reach its pods from elsewhere. */
  readonly networkPath: string;
  /** Stands before a command to run it on the node. */
  readonly enter: readonly string[];
  /** Ends kubelet and containerd as an update of them does, and starts them again after `meanwhile`. */
  restartServices(meanwhile: () => Promise<unknown>): Promise<void>;
  /** Ends all that runs on the node at once, the control plane too, and starts it again after `meanwhile`. */
  reboot(meanwhile: () => Promise<unknown>): Promise<void>;
  /** Ends all that runs on the node at once, forgets the cluster, and makes another one: of the node's files, /tmp alone stays. */
  rebuild(): Promise<void>;
  /** Ends everything that was started and removes its files. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts a whole cluster of one node that runs pods and serves their DNS, in namespaces of its own. Needs root. */
export async function startCluster({ images, node = 'node-1', hostname = node }: ClusterOptions): Promise<Cluster> {
  requirePrograms('node');
  const directory = new OwnedDirectory('node');
  const outside = new Programs(directory.path);
  const started = [outside];
  const stop = async () => {
    await Promise.all(started.map((programs) => programs.stop()));
    await directory.remove();
  };
  try {
    const sandbox = await startSandbox(outside, directory);
    const inside = new Programs(directory.path, sandbox.enter);
    started.push(inside);
    const server = `https://${sandbox.address}:${apiServerPort}`;
    const credentials = makeCredentials(directory.path, {
      server,
      addresses: [sandbox.address, nodeAddress, apiServerServiceAddress],
      node,
    });
    const services = new NodeServices(inside, sandbox, credentials, { node, hostname });
    const install = () => services.install([pauseImage(configuration.pauseImage), ...images]);
    await install();
    return {
      name: basename(directory.path),
      node,
      adminKubeconfigPath: credentials.kubeconfigPath('admin'),
      rootPath: sandbox.rootPath,
      tmpPath: sandbox.tmpPath,
      networkPath: sandbox.networkPath,
      enter: sandbox.enter,
      async restartServices(meanwhile) {
        for (const name of ['kubelet', 'containerd']) await inside.end(name);
        await meanwhile();
        await services.startContainerd();
        await services.startKubelet();
      },
      async reboot(meanwhile) {
        await inside.stop();
        sandbox.cutPower();
        await meanwhile();
        await services.start();
      },
      async rebuild() {
        await inside.stop();
        sandbox.cutPower();
        sandbox.wipe();
        services.forgetCluster();
        await install();
      },
      stop,
    };
  } catch (cause) {
    await stop();
    throw cause;
  }
}
