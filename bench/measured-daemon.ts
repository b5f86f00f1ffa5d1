import { join } from 'node:path';
import type { Cluster } from '../test/support/cluster.ts';
import type { DaemonProcess } from '../test/support/daemon-process.ts';
import { type ProcessUsage, usageOf } from './process-usage.ts';
import type { VolumeWatcher } from './volume-watcher.ts';

/** The daemon as it is shipped. */
export const bundle = join(import.meta.dirname, '../dist/hostpath-provisioner.mjs');

/** The shipped bundle as a process of its own, with the rights of its ServiceAccount. */
export class MeasuredDaemon {
  /** On the clock of `performance.now`. */
  readonly startedAt: number;
  readonly #daemon: DaemonProcess;
  readonly #watcher: VolumeWatcher;
  readonly #died: Promise<never>;

  static async start(cluster: Cluster, watcher: VolumeWatcher, waitUntilReady: boolean): Promise<MeasuredDaemon> {
    const kubeconfigPath = await cluster.daemonKubeconfig();
    const startedAt = performance.now();
    const options = { kubeconfigPath, program: bundle, logLevel: 'info', waitUntilReady };
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
  async untilSeen(volumes: readonly string[], withinMs: number): Promise<number[]> {
    try {
      return await Promise.race([this.#watcher.untilSeen(volumes, withinMs), this.#died]);
    } catch (cause) {
      throw new Error(`volumes missing; the end of the daemon's log:\n${this.#daemon.lastLines}`, { cause });
    }
  }

  usage(): ProcessUsage {
    return usageOf(this.#daemon.process.pid ?? 0);
  }

  async kill(): Promise<void> {
    await this.#daemon.kill();
  }
}
