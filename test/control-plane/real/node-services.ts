import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Api } from '../../support/api.ts';
import { makeDnsService, runClusterDns } from './cluster-dns.ts';
import { kubelet, kubeProxy } from './commands.ts';
import type { Credentials } from './credentials.ts';
import { type Image, writeImage } from './image.ts';
import * as configuration from './node-configuration.ts';
import type { Programs } from './programs.ts';
import { etcdDirectory, runControlPlane } from './run-control-plane.ts';
import { nodeAddress, type Sandbox } from './sandbox.ts';

const containerdDeadlineMs = 30_000;
const nodeDeadlineMs = 60_000;
const etcdPort = 2379;
export const apiServerPort = 6443;

/** All that a node with the control plane runs beside its pods. */
export class NodeServices {
  readonly #programs: Programs;
  readonly #sandbox: Sandbox;
  readonly #credentials: Credentials;
  readonly #name: { node: string; hostname: string };

  constructor(
    programs: Programs,
    sandbox: Sandbox,
    credentials: Credentials,
    name: { node: string; hostname: string },
  ) {
    this.#programs = programs;
    this.#sandbox = sandbox;
    this.#credentials = credentials;
    this.#name = name;
  }

  /** The first start, which brings what later ones find. */
  async install(images: readonly Image[]): Promise<void> {
    await Promise.all([
      this.#startControlPlane().then(() => makeDnsService(this.#programs, this.#credentials)),
      this.startContainerd().then(() => this.#importImages(images)),
    ]);
    await this.#startNode();
  }

  async start(): Promise<void> {
    await Promise.all([this.#startControlPlane(), this.startContainerd()]);
    await this.#startNode();
  }

  /** The next install makes another cluster. Nothing may run. */
  forgetCluster(): void {
    rmSync(etcdDirectory(this.#programs.directory), { recursive: true });
  }

  #startControlPlane(): Promise<unknown> {
    const place = { bindAddress: '0.0.0.0', podsAddress: nodeAddress, port: apiServerPort, etcdPort };
    return runControlPlane(this.#programs, place, this.#credentials, {
      binder: true,
      fsync: false,
      watchProgress: false,
      scheduler: true,
    });
  }

  async #startNode(): Promise<void> {
    this.#startProxy();
    await Promise.all([this.startKubelet(), runClusterDns(this.#programs, this.#credentials, this.#sandbox.address)]);
  }

  async startContainerd(): Promise<void> {
    const configurationPath = join(this.#programs.directory, 'containerd.toml');
    const networkDirectory = join(this.#programs.directory, 'pod-networks');
    mkdirSync(networkDirectory, { recursive: true });
    writeFileSync(join(networkDirectory, 'pods.conflist'), JSON.stringify(configuration.podNetwork));
    writeFileSync(configurationPath, configuration.containerd(networkDirectory));
    this.#programs.start('containerd', ['containerd', `--config=${configurationPath}`]);
    await this.#programs.until('containerd ready', containerdDeadlineMs, () => this.#ctr('version'));
  }

  async #importImages(images: readonly Image[]): Promise<void> {
    for (const image of images) {
      const tarPath = join(this.#programs.directory, 'image.tar');
      writeImage(image, tarPath);
      await this.#ctr('images', 'import', tarPath);
    }
  }

  async #ctr(...args: string[]): Promise<void> {
    const [command = '', ...rest] = [...this.#sandbox.enter, 'ctr', '--namespace=k8s.io', ...args];
    await promisify(execFile)(command, rest);
  }

  async startKubelet(): Promise<void> {
    const { node, hostname } = this.#name;
    const path = join(this.#programs.directory, 'kubelet.yaml');
    writeFileSync(path, JSON.stringify(configuration.kubelet(this.#credentials.certificatePath)));
    const startedAt = Date.now();
    this.#programs.start('kubelet', kubelet(this.#credentials, node, hostname, path));

    const api = new Api(this.#credentials.kubeconfigPath('admin'));
    try {
      await this.#programs.until(`node ${node} ready`, nodeDeadlineMs, () => expectNodeReady(api, node, startedAt));
    } finally {
      await api.close();
    }
  }

  #startProxy(): void {
    const path = join(this.#programs.directory, 'kube-proxy.yaml');
    const kubeconfigPath = this.#credentials.kubeconfigPath('proxy');
    writeFileSync(path, JSON.stringify(configuration.kubeProxy(this.#name.node, kubeconfigPath)));
    this.#programs.start('kube-proxy', kubeProxy(path));
  }
}

/** An earlier kubelet's word does not count. */
async function expectNodeReady(api: Api, name: string, since: number): Promise<void> {
  const node = await api.get(`/api/v1/nodes/${name}`);
  const ready = node?.status.conditions?.find((condition: { type: string }) => condition.type === 'Ready');
  if (ready?.status !== 'True') throw new Error(ready?.message ?? 'not registered');
  const wholeSeconds = Math.floor(since / 1_000) * 1_000;
  if (Date.parse(ready.lastHeartbeatTime) < wholeSeconds)
    throw new Error(`last heard of at ${ready.lastHeartbeatTime}`);
}
