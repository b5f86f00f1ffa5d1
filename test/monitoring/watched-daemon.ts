import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../support/cluster.ts';
import { startCounting } from '../support/counting-daemon.ts';
import { until } from '../support/until.ts';

const mebibyte = 2 ** 20;

/** A daemon with something to show in each of its metrics that rules or dashboard read. */
export class WatchedDaemon implements AsyncDisposable {
  /** Host and port. */
  readonly address: string;
  readonly #cluster: Cluster;
  readonly #stop: () => Promise<void>;
  #begun = 0;

  private constructor(cluster: Cluster, httpPort: number, stop: () => Promise<void>) {
    this.#cluster = cluster;
    this.address = `127.0.0.1:${httpPort}`;
    this.#stop = stop;
  }

  /** Runs in this process, to count what volumes use each second, which no option of the program allows. */
  static async start(cluster: Cluster): Promise<WatchedDaemon> {
    await mkdir(join(cluster.base, 'made-by-hand'));
    const daemon = await startCounting(cluster);
    return new WatchedDaemon(cluster, daemon.httpPort, () => daemon.stop());
  }

  async page(): Promise<string> {
    return (await fetch(`http://${this.address}/metrics`)).text();
  }

  /** Makes what is to be seen, and waits until it is served. */
  async fill(): Promise<void> {
    const cluster = this.#cluster;
    const keeping = `${cluster.className}-keeping`;
    await cluster.createClass(keeping, { parameters: { trashRetention: '1h' } });
    await Promise.all([
      this.#volumeWith('data-0-my-kafka-0', 3 * mebibyte), // its size is one
      this.#volumeWith('modest', mebibyte / 2),
      this.#volumeWith('trashed', mebibyte, keeping).then(() => cluster.deleteClaim('trashed')),
      this.#volumeWith('lost', 1).then(({ directory }) => rm(directory, { recursive: true })),
      this.#volumeWith('forced', 1).then(({ volume }) => this.#removeByForce('forced', volume)),
      this.#volumeWith('stubborn', 1).then(({ volume }) => this.#deleteInVain('stubborn', volume)),
      this.work(),
    ]);
    const served = [
      'hostpath_volumes_without_directory{reason="DirectoryMissing"} 1',
      'hostpath_kept_directories{reason="Abandoned"} 1',
      'hostpath_orphan_directories{pool="default"} 1',
      'hostpath_failures_total{flow="provision",reason="Selector"}',
      'hostpath_failures_total{flow="delete",reason="IdentityMissing"}',
      'controller_persistentvolume_delete_failed_total{',
    ];
    for (const line of served) await until(`${line} is served`, async () => (await this.page()).includes(line));
    await until('used bytes are served', async () =>
      /hostpath_volume_used_bytes\{.*\} 3\d{6}\n/.test(await this.page()),
    );
    await until('the trash is counted', async () => /hostpath_trash_bytes\{.*\} [1-9]/.test(await this.page()));
  }

  /** One volume more that is made and deleted, and one more refusal. */
  async work(): Promise<void> {
    const cluster = this.#cluster;
    this.#begun += 1;
    const [passing, refused] = [`passing-${this.#begun}`, `refused-${this.#begun}`];
    await cluster.createClaim(refused, { spec: { selector: { matchLabels: { disk: 'mine' } } } });
    const { volume } = await this.#volumeWith(passing, 1);
    await cluster.deleteClaim(passing);
    await cluster.untilVolumeGone(volume);
    await until(`${refused} has an Event`, async () => (await cluster.eventsOf(refused)).length > 0);
  }

  async #volumeWith(claim: string, bytes: number, storageClassName = this.#cluster.className) {
    await this.#cluster.createClaim(claim, { spec: { storageClassName } });
    const { volume, directory } = await this.#cluster.untilBound(claim);
    await writeFile(join(directory, 'file'), Buffer.alloc(bytes, 'x'));
    return { volume: volume.metadata.name as string, directory };
  }

  async #removeByForce(claim: string, volume: string): Promise<void> {
    const mergePatch = { 'content-type': 'application/merge-patch+json' };
    for (const path of [`/api/v1/persistentvolumes/${volume}`, `${this.#cluster.claimsPath}/${claim}`]) {
      await this.#cluster.api.delete(path);
      await this.#cluster.api.send('PATCH', path, { metadata: { finalizers: null } }, mergePatch); // some are gone already
    }
  }

  /** Nothing says who made the volume, so its deletion is refused. */
  async #deleteInVain(claim: string, volume: string): Promise<void> {
    const metadata = { annotations: { hostPathProvisionerIdentity: null } };
    await this.#cluster.api.patch(`/api/v1/persistentvolumes/${volume}`, { metadata });
    await this.#cluster.deleteClaim(claim);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop();
  }
}
