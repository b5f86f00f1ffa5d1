import type { BaseDirectory } from '../disk/port.ts';
import type { KubeApi } from '../kube/calls/kube-api.ts';
import { isMadeBy, volumeOf } from '../model/volume.ts';

/** Age of the base directory, in milliseconds, up to which volumes of an earlier provisioner are searched, at some cost. */
const withinMs = 7 * 24 * 3_600_000;

export interface EarlierVolumesOptions {
  kube: Pick<KubeApi, 'listUnlabelledVolumes'>;
  nodeName: string;
  provisionerNames: readonly string[];
  /** A volume that an earlier provisioner made on this node needs a look. No watch shows it. */
  onEarlierVolume: (volume: string) => void;
}

/** Finds the volumes that an earlier provisioner made on this node, once for each young base directory. */
export class EarlierVolumes {
  readonly #options: EarlierVolumesOptions;
  /** Ids of the base directories that the next search is for. */
  readonly #wanted = new Set<string>();
  readonly #searched = new Set<string>();

  constructor(options: EarlierVolumesOptions) {
    this.#options = options;
  }

  /** @returns whether there is something to search for, as volumes may lie in this usable base directory */
  mayLieIn({ id, createdAt }: BaseDirectory): boolean {
    const isYoung = Date.now() - Date.parse(createdAt) < withinMs;
    if (isYoung && !this.#searched.has(id)) this.#wanted.add(id);
    return this.#wanted.size > 0;
  }

  /** @throws {ApiError} if the volumes cannot be listed */
  async search(): Promise<void> {
    const wanted = [...this.#wanted];
    if (wanted.length === 0) return;
    const { kube, nodeName, provisionerNames, onEarlierVolume } = this.#options;
    for await (const object of kube.listUnlabelledVolumes()) {
      const volume = volumeOf(object);
      if (isMadeBy(volume, nodeName, provisionerNames)) onEarlierVolume(volume.name);
    }
    for (const id of wanted) {
      this.#wanted.delete(id);
      this.#searched.add(id);
    }
  }
}
