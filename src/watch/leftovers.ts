import type { KubeApi } from '../kube/kube-api.ts';
import { isMadeBy, volumeOf } from '../model/volume.ts';
import type { Logger } from '../record/log.ts';
import type { VolumeStorage } from '../storage/volume-storage.ts';

/** How often the journal is compared with the cluster, whatever has been told meanwhile, in milliseconds. */
const lookEveryMs = 10 * 60_000;

/**
 * How old the base directory may be for volumes from before it to be looked for, in milliseconds. Listing everybody's
 * volumes is dear, and whoever replaced the original provisioner did so then.
 */
const earlierVolumesWithinMs = 7 * 24 * 3_600_000;

export interface LeftoversOptions {
  storage: Pick<VolumeStorage, 'inspect' | 'listRecords' | 'countOrphans'>;
  kube: Pick<KubeApi, 'listUnlabelledVolumes'>;
  nodeName: string;
  provisionerNames: readonly string[];
  log: Logger;
  metrics: { readonly orphanDirectories: { set(count: number): void } };
  /** Names of this node's volumes, or undefined before they have been listed. */
  existing: () => { has(volume: string): boolean } | undefined;
  /** Names of the volumes that pending claims are to have. */
  underWay: () => ReadonlySet<string>;
  /** A volume, or what is left of one, needs a look. */
  onLook: (volume: string) => void;
}

/**
 * Finds what no change tells of: records without a volume, which a crash or a lost change left behind, directories without
 * a record, and volumes that the original provisioner made on this node before us.
 */
export class Leftovers {
  readonly #options: LeftoversOptions;
  #timer: NodeJS.Timeout | undefined;
  #earlierVolumesFound = false;
  #searching: Promise<void> | undefined;

  constructor(options: LeftoversOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Never rejects: what cannot be looked at now is looked at again later. */
  async look(): Promise<void> {
    const { storage, existing, underWay, onLook, log } = this.#options;
    const known = existing();
    if (known === undefined) return; // looked at once they are listed
    try {
      const recorded = await storage.listRecords();
      const awaited = underWay();
      for (const volume of recorded) if (!known.has(volume) && !awaited.has(volume)) onLook(volume);
      await this.#countOrphans();
      await this.#findEarlierVolumes();
    } catch (error) {
      log.warn({ err: error }, 'leftovers not looked at: looking again within ten minutes');
    }
  }

  async #countOrphans(): Promise<void> {
    const { storage, metrics, log } = this.#options;
    const count = await storage.countOrphans();
    metrics.orphanDirectories.set(count);
    if (count > 0) log.info({ count }, 'directories without a record are left alone');
  }

  /** One search serves all who ask for it meanwhile: at a start, two looks begin at nearly the same moment. */
  async #findEarlierVolumes(): Promise<void> {
    if (this.#earlierVolumesFound) return;
    this.#searching ??= this.#searchEarlierVolumes().finally(() => {
      this.#searching = undefined;
    });
    await this.#searching;
  }

  async #searchEarlierVolumes(): Promise<void> {
    const { storage, kube, nodeName, provisionerNames, onLook } = this.#options;
    const { createdAt } = await storage.inspect();
    if (Date.now() - Date.parse(createdAt) < earlierVolumesWithinMs) {
      for await (const object of kube.listUnlabelledVolumes()) {
        const volume = volumeOf(object);
        if (isMadeBy(volume, nodeName, provisionerNames)) onLook(volume.name);
      }
    }
    this.#earlierVolumesFound = true;
  }
}
