import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../test/support/cluster.ts';
import type { KubeconfigChanges } from '../../test/support/daemon-kubeconfig.ts';
import type { DaemonProcess } from '../../test/support/daemon-process.ts';
import type { VolumeWatcher } from '../cluster/volume-watcher.ts';
import { type ProcessUsage, usageOf } from './process-usage.ts';

/** The daemon as it is shipped. */
export const bundle = join(import.meta.dirname, '../../dist/hostpath-provisioner.mjs');

/** What the image sets. */
const shippedEnvironment = Object.fromEntries(
  readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('ENV '))
    .flatMap((line) => line.slice('ENV '.length).split(' '))
    .map((setting) => setting.split('=')),
);

const readyWithinMs = 180_000;

export interface StartOptions {
  waitUntilReady: boolean;
  /** Where it finds the API server, if not at the API server itself. */
  kubeconfig?: KubeconfigChanges;
  env?: Record<string, string>;
}

/** The shipped bundle as a process of its own, with the rights of its ServiceAccount. */
export class MeasuredDaemon {
  /** On the clock of `performance.now`. */
  readonly startedAt: number;
  readonly #daemon: DaemonProcess;
  readonly #watcher: VolumeWatcher;
  readonly #died: Promise<never>;

  static async start(
    cluster: Cluster,
    watcher: VolumeWatcher,
    { waitUntilReady, kubeconfig = {}, env = {} }: StartOptions,
  ): Promise<MeasuredDaemon> {
    const kubeconfigPath = await cluster.daemonKubeconfig(kubeconfig);
    const startedAt = performance.now();
    const environment = { ...shippedEnvironment, ...env };
    const options = { kubeconfigPath, program: bundle, logLevel: 'info', waitUntilReady, env: environment };
    return new MeasuredDaemon(startedAt, await cluster.startDaemon(options), watcher);
  }

  private constructor(startedAt: number, daemon: DaemonProcess, watcher: VolumeWatcher) {
    this.startedAt = startedAt;
    this.#daemon = daemon;
    this.#watcher = watcher;
    this.#died = daemon.exited.then(() => {
      throw new Error('the daemon has ended');
    });
    this.#died.catch(() => {}); // told to whoever waits for a volume
  }

  /**
   * When each of the volumes was first seen by the watcher.
   * @throws {Error} with the daemon's last words when it does not make them in time
   */
  untilSeen(volumes: readonly string[], withinMs: number): Promise<number[]> {
    return this.#whileItLives(this.#watcher.untilSeen(volumes, withinMs));
  }

  /**
   * When the watcher first saw that the daemon's part in deleting each of the volumes was done.
   * @throws {Error} with the daemon's last words when it does not let them go in time
   */
  untilLetGo(volumes: readonly string[], withinMs: number): Promise<number[]> {
    return this.#whileItLives(this.#watcher.untilLetGo(volumes, withinMs));
  }

  /** Waits until it is ready, for longer than tests do: it may have thousands of objects to list. */
  async untilReady(): Promise<void> {
    await this.#daemon.untilReady(readyWithinMs);
  }

  usage(): ProcessUsage {
    return usageOf(this.#daemon.process.pid ?? 0);
  }

  async metrics(): Promise<string> {
    return (await this.#daemon.get('/metrics')).text;
  }

  async kill(): Promise<void> {
    await this.#daemon.kill();
  }

  async #whileItLives<Result>(wait: Promise<Result>): Promise<Result> {
    try {
      return await Promise.race([wait, this.#died]);
    } catch (cause) {
      throw new Error(`not all is done; the end of the daemon's log:\n${this.#daemon.lastLines}`, { cause });
    }
  }
}
