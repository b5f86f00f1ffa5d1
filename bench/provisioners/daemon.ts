import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../test/support/cluster.ts';
import type { DaemonOptions, DaemonProcess } from '../../test/support/daemon-process.ts';
import type { VolumeWatcher } from '../cluster/volume-watcher.ts';
import { type ProcessUsage, usageOf } from './process-usage.ts';
import { Provisioner } from './provisioner.ts';

const repository = join(import.meta.dirname, '../..');
const bundle = join(repository, 'dist/hostpath-provisioner.mjs');

const imageEnvironment = Object.fromEntries(
  readFileSync(join(repository, 'Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('ENV '))
    .flatMap((line) => line.slice('ENV '.length).split(' '))
    .map((setting) => setting.split('=')),
);

/** It may have thousands of objects to list, or may start beside others. */
const readyWithinMs = 300_000;

/** The daemon with the bundle and the environment of the image, and with the rights of its ServiceAccount. */
export class Daemon extends Provisioner {
  readonly #process: DaemonProcess;

  /** @param options how this daemon differs from the one of the cluster */
  static async start(cluster: Cluster, watcher: VolumeWatcher, options: Partial<DaemonOptions> = {}): Promise<Daemon> {
    const kubeconfigPath = options.kubeconfigPath ?? (await cluster.daemonKubeconfig());
    const env = { ...imageEnvironment, ...options.env };
    const startedAt = performance.now();
    const daemon = { program: bundle, logLevel: 'info', waitUntilReady: false, ...options, kubeconfigPath, env };
    return new Daemon(startedAt, await cluster.startDaemon(daemon), watcher);
  }

  private constructor(startedAt: number, process: DaemonProcess, watcher: VolumeWatcher) {
    super(startedAt, process, watcher);
    this.#process = process;
  }

  async untilReady(): Promise<this> {
    await this.#process.untilReady(readyWithinMs);
    return this;
  }

  /** The text of its metrics. */
  async metrics(): Promise<string> {
    const { status, text } = await this.#process.get('/metrics');
    if (status !== 200) throw new Error(`GET /metrics: ${status} ${text}`);
    return text;
  }

  usage(): ProcessUsage {
    return usageOf(this.#process.process.pid ?? 0);
  }
}
