import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../support/cluster.ts';
import { describeTree } from './tree.ts';

const volumes = {
  inUse: 'pvc-00000000-0000-4000-8000-0000000000c1',
  begun: 'pvc-00000000-0000-4000-8000-0000000000c2',
  inTrash: 'pvc-00000000-0000-4000-8000-0000000000c3',
};

/** Names of volumes that are in no API server of the run. */
export const volumesOfAnotherCluster: readonly string[] = Object.values(volumes);

/**
 * What another cluster has in the base directory: a volume with content, an empty one that is just made, and trash. Nothing of
 * it may ever change. It comes as soon as the base directory has its label, because the daemon refuses records without one.
 */
export class AnotherCluster {
  readonly #cluster: Cluster;
  #before: string[] | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  comeOnceLabelled(): void {
    if (this.#before !== undefined || !existsSync(join(this.#state, 'base.json'))) return;
    const { base } = this.#cluster;
    this.#fill(join(base, volumes.inUse));
    mkdirSync(join(base, volumes.begun));
    this.#fill(join(this.#trash, 'directory'));
    for (const volume of [volumes.inUse, volumes.begun]) this.#record(volume, `volumes/${volume}.json`);
    this.#record(volumes.inTrash, `trash/${volumes.inTrash}/record.json`);
    this.#before = this.#describe();
  }

  /** What it was and what it is. */
  get compared(): { before: string[]; after: string[] } {
    return { before: this.#before ?? [], after: this.#before === undefined ? [] : this.#describe() };
  }

  get #state(): string {
    return join(this.#cluster.base, '.hostpath-provisioner');
  }

  get #trash(): string {
    return join(this.#state, 'trash', volumes.inTrash);
  }

  #fill(path: string): void {
    mkdirSync(join(path, 'logs'), { recursive: true });
    writeFileSync(join(path, 'logs/segment'), 'of another cluster');
  }

  #record(volume: string, path: string): void {
    const { nodeName, namespace } = this.#cluster;
    const record = {
      version: 1,
      volume,
      claim: { namespace, name: 'theirs', uid: volume.slice('pvc-'.length) },
      cluster: '00000000-0000-4000-8000-0000000000cc',
      class: 'theirs',
      node: nodeName,
      reclaimPolicy: 'Delete',
      createdAt: '2026-11-22T21:00:00.000Z',
    };
    writeFileSync(join(this.#state, path), JSON.stringify(record), { mode: 0o600 });
  }

  #describe(): string[] {
    const { base } = this.#cluster;
    const places = [
      ...[volumes.inUse, volumes.begun].flatMap((volume) => [
        join(base, volume),
        join(this.#state, 'volumes', `${volume}.json`),
      ]),
      this.#trash,
    ];
    return places.flatMap(describeTree);
  }
}
