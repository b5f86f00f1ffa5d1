import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../../test/support/cluster.ts';
import { createClaim } from '../cluster/claims.ts';
import type { VolumeWatcher } from '../cluster/volume-watcher.ts';
import { type Contender, environmentOf, type Place } from './contender.ts';
import { ProcessGroup } from './process-group.ts';

const readyWithinMs = 60_000;
const tailLines = 15;

/** A contender at work on a cluster. */
export class ContenderProcess {
  /** On the clock of `performance.now`. */
  readonly startedAt: number;
  readonly #contender: Contender;
  readonly #logPath: string;
  /** A peer may start others. */
  readonly #group: ProcessGroup;
  readonly #watcher: VolumeWatcher;
  readonly #died: Promise<never>;

  /** Starts it. It says by nothing but its volumes that it is at work. */
  constructor(contender: Contender, cluster: Cluster, kubeconfigPath: string, watcher: VolumeWatcher) {
    const place: Place = {
      kubeconfigPath,
      nodeName: cluster.nodeName,
      baseDirectory: cluster.base,
      provisionerName: cluster.provisioner,
    };
    this.#contender = contender;
    this.#watcher = watcher;
    this.#logPath = join(cluster.folder, `${contender.name}.log`);
    this.startedAt = performance.now();
    this.#group = new ProcessGroup(contender.command(place), environmentOf(place), this.#logPath);
    this.#died = this.#group.exited.then(() => {
      throw new Error(`${contender.name} has ended`);
    });
    this.#died.catch(() => {}); // told to whoever waits for a volume
  }

  /** Has it make the volume of a claim that does not count. */
  async untilReady(cluster: Cluster): Promise<void> {
    const { volume } = await createClaim(cluster, 'first-claim');
    await this.untilSeen([volume], readyWithinMs);
  }

  /**
   * When each of the volumes was first seen by the watcher.
   * @throws {Error} with the contender's last words when it does not make them in time
   */
  async untilSeen(volumes: readonly string[], withinMs: number): Promise<number[]> {
    try {
      return await Promise.race([this.#watcher.untilSeen(volumes, withinMs), this.#died]);
    } catch (cause) {
      const lastLines = (await readFile(this.#logPath, 'utf8')).trimEnd().split('\n').slice(-tailLines).join('\n');
      const message = `volumes missing; the end of the log of ${this.#contender.name}:\n${lastLines}`;
      throw new Error(message, { cause });
    }
  }

  async kill(): Promise<void> {
    await this.#group.kill();
  }
}
