import { mayNeedUs } from '../delete/decide.ts';
import type { ChangeHandler } from '../kube/changes.ts';
import type { PersistentVolumeObject } from '../model/kubernetes.ts';
import { volumeOf } from '../model/volume.ts';
import { Mirror } from './mirror.ts';

export interface OwnVolumesOptions {
  nodeName: string;
  provisionerNames: readonly string[];
  /** A volume, or what is left of one, needs a look. */
  onLook: (volume: string) => void;
  /** The names of all volumes of this node are known. */
  onListed: () => void;
}

/** Passes on the volumes of this node that may need something, and keeps the names of all of them, but no volume. */
export class OwnVolumes implements ChangeHandler<PersistentVolumeObject> {
  readonly #options: OwnVolumesOptions;
  readonly #names = new Mirror<string>();
  #everListed = false;

  constructor(options: OwnVolumesOptions) {
    this.#options = options;
  }

  /** Names of the volumes that exist, or undefined before they have been listed. */
  get names(): { has(volume: string): boolean } | undefined {
    return this.#everListed ? this.#names : undefined;
  }

  listing(): void {
    this.#names.startList();
  }

  present(object: PersistentVolumeObject): void {
    const volume = volumeOf(object);
    this.#names.set(volume.name, volume.name);
    if (mayNeedUs(volume, this.#options)) this.#options.onLook(volume.name);
  }

  /** The volume is gone, and may have left a directory, in the trash or not. */
  gone(object: PersistentVolumeObject): void {
    const { name } = volumeOf(object);
    this.#names.delete(name);
    this.#options.onLook(name);
  }

  listed(): void {
    for (const name of this.#names.endList()) this.#options.onLook(name);
    this.#everListed = true;
    this.#options.onListed();
  }
}
