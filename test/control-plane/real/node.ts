import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { Api } from '../../support/api.ts';
import { runClusterDns } from './cluster-dns.ts';
import { apiServerServiceAddress, kubelet, kubeProxy } from './commands.ts';
import { type Credentials, makeCredentials } from './credentials.ts';
import { type Image, pauseImage, writeImage } from './image.ts';
import * as configuration from './node-configuration.ts';
import { OwnedDirectory } from './owned-directory.ts';
import { requirePrograms } from './prerequisites.ts';
import { Programs } from './programs.ts';
import { runControlPlane } from './run-control-plane.ts';
import { nodeAddress, type Sandbox, startSandbox } from './sandbox.ts';

const containerdDeadlineMs = 30_000;
const nodeDeadlineMs = 60_000;
const apiServerPort = 6443;
const etcdPort = 2379;

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
  /** The node's /tmp, as a path of this machine. */
  readonly tmpPath: string;
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
    const place = { bindAddress: '0.0.0.0', podsAddress: nodeAddress, port: apiServerPort, etcdPort };
    await Promise.all([
      runControlPlane(inside, place, credentials, {
        binder: true,
        fsync: false,
        watchProgress: false,
        scheduler: true,
      }),
      runContainerd(inside, sandbox, directory.path, [pauseImage(configuration.pauseImage), ...images]),
    ]);
    await Promise.all([
      runNode(inside, directory.path, credentials, node, hostname),
      runClusterDns(inside, credentials, sandbox.address),
    ]);
    return {
      name: basename(directory.path),
      node,
      adminKubeconfigPath: credentials.kubeconfigPath('admin'),
      tmpPath: sandbox.tmpPath,
      stop,
    };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

async function runContainerd(
  programs: Programs,
  { enter }: Sandbox,
  directory: string,
  images: readonly Image[],
): Promise<void> {
  const configurationPath = join(directory, 'containerd.toml');
  const networkDirectory = join(directory, 'pod-networks');
  mkdirSync(networkDirectory);
  writeFileSync(join(networkDirectory, 'pods.conflist'), JSON.stringify(configuration.podNetwork));
  writeFileSync(configurationPath, configuration.containerd(networkDirectory));
  programs.start('containerd', ['containerd', `--config=${configurationPath}`]);

  const ctr = async (...args: string[]) => {
    const [command = '', ...rest] = [...enter, 'ctr', '--namespace=k8s.io', ...args];
    await promisify(execFile)(command, rest);
  };
  await programs.until('containerd ready', containerdDeadlineMs, () => ctr('version'));
  for (const image of images) {
    const tarPath = join(directory, 'image.tar');
    writeImage(image, tarPath);
    await ctr('images', 'import', tarPath);
  }
}

async function runNode(
  programs: Programs,
  directory: string,
  credentials: Credentials,
  node: string,
  hostname: string,
): Promise<void> {
  const kubeletPath = join(directory, 'kubelet.yaml');
  const proxyPath = join(directory, 'kube-proxy.yaml');
  writeFileSync(kubeletPath, JSON.stringify(configuration.kubelet(credentials.certificatePath)));
  writeFileSync(proxyPath, JSON.stringify(configuration.kubeProxy(node, credentials.kubeconfigPath('proxy'))));
  programs.start('kubelet', kubelet(credentials, node, hostname, kubeletPath));
  programs.start('kube-proxy', kubeProxy(proxyPath));

  const api = new Api(credentials.kubeconfigPath('admin'));
  try {
    await programs.until(`node ${node} ready`, nodeDeadlineMs, () => expectNodeReady(api, node));
  } finally {
    await api.close();
  }
}

async function expectNodeReady(api: Api, name: string): Promise<void> {
  const node = await api.get(`/api/v1/nodes/${name}`);
  const ready = node?.status.conditions?.find((condition: { type: string }) => condition.type === 'Ready');
  if (ready?.status !== 'True') throw new Error(ready?.message ?? 'not registered');
}
