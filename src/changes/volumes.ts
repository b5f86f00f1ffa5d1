import type { KnownBase } from '../disk/port.ts';
import type { Change } from '../flow/change.ts';
import type { ChangeHandler } from '../kube/watch/change-handler.ts';
import type { PersistentVolumeObject } from '../model/kubernetes.ts';
import { isGivenUp, isMadeBy, lacksIdentity, mayNeedUs, type Volume, volumeOf } from '../model/volume.ts';
import { Mirror } from './mirror.ts';

/** A volume object as a list or a watch shows it. */
export interface SeenVolume {
  name: string;
  /** Empty when a list no longer shows the volume. */
  uid: string;
  /** A list shows every volume as `there`, because the API server may have been restored from a backup. */
  state: 'there' | 'deleting' | 'gone';
}

export interface VolumesOptions {
  nodeName: string;
  provisionerNames: readonly string[];
  /** The volume needs a look. */
  onChange: (seen: SeenVolume, change: Change) => void;
  /** The names of all volumes of this node are known. */
  onListed: () => void;
}

/** The facts of a volume that the daemon keeps. Volumes with equal facts share one object. */
export interface Place {
  /** The directory that its path lies in; undefined if the path does not end with the volume's name. */
  basePath: string | undefined;
  baseDirectoryId: string | undefined;
  baseDirectoryMounted: boolean;
  /** Whether a claim is bound to it and nobody deletes it. */
  bound: boolean;
}

/** The object no longer exists. */
const gone: Change = { of: 'volume', words: '' };

/** Reports the volumes of this node that may need something, and keeps name and place of each volume. */
export class Volumes implements ChangeHandler<PersistentVolumeObject> {
  readonly #options: VolumesOptions;
  /** By name; undefined for a volume of another provisioner. */
  readonly #volumes = new Mirror<Place | undefined>();
  readonly #places = new Map<string, Place>();
  /** Names of the volumes that somebody has to repair. */
  readonly #stuck = new Set<string>();
  #everListed = false;

  constructor(options: VolumesOptions) {
    this.#options = options;
  }

  /** Names of the volumes that exist; undefined before they are listed. */
  get names(): { has(volume: string): boolean } | undefined {
    return this.#everListed ? this.#volumes : undefined;
  }

  /** The base directories that our volumes name, each once; undefined before they are listed. */
  get knownBases(): KnownBase[] | undefined {
    if (!this.#everListed) return undefined;
    return [...new Set(this.#volumes.values())].flatMap((place) => {
      if (place?.basePath === undefined || place.baseDirectoryId === undefined) return [];
      return [{ path: place.basePath, id: place.baseDirectoryId, mounted: place.baseDirectoryMounted }];
    });
  }

  /** Names of our volumes that name the base directory with this id. */
  *volumesIn(baseDirectoryId: string): Generator<string> {
    for (const [name, place] of this.#volumes) if (place?.baseDirectoryId === baseDirectoryId) yield name;
  }

  /** The place of a volume that a claim is bound to. */
  boundPlace(name: string): Place | undefined {
    const place = this.#volumes.get(name);
    return place?.bound ? place : undefined;
  }

  /** All volumes of ours that a claim is bound to. */
  *bound(): Generator<[name: string, place: Place]> {
    for (const [name, place] of this.#volumes) if (place?.bound) yield [name, place];
  }

  listing(): void {
    this.#volumes.startList();
  }

  present(object: PersistentVolumeObject): void {
    const volume = volumeOf(object);
    const { name, uid, deleting } = volume;
    const { nodeName, provisionerNames, onChange } = this.#options;
    const ours = isMadeBy(volume, nodeName, provisionerNames);
    this.#volumes.set(name, ours ? this.#placeOf(volume) : undefined);
    if (!this.#hasHealed(volume) && !mayNeedUs(volume, this.#options)) return;
    const state = deleting && !this.#volumes.isListing ? 'deleting' : 'there';
    onChange({ name, uid, state }, { of: 'volume', words: JSON.stringify(volume) });
  }

  /** A directory of the volume may be left. */
  gone({ metadata }: PersistentVolumeObject): void {
    const { name = '', uid = '' } = metadata ?? {};
    this.#volumes.delete(name);
    this.#stuck.delete(name);
    this.#options.onChange({ name, uid, state: 'gone' }, gone);
  }

  listed(): void {
    for (const [name] of this.#volumes.endList()) {
      this.#stuck.delete(name);
      this.#options.onChange({ name, uid: '', state: 'gone' }, gone);
    }
    this.#everListed = true;
    this.#options.onListed();
  }

  #hasHealed(volume: Volume): boolean {
    const { nodeName, provisionerNames } = this.#options;
    if (!isGivenUp(volume) && !lacksIdentity(volume, nodeName, provisionerNames))
      return this.#stuck.delete(volume.name);
    this.#stuck.add(volume.name);
    return false;
  }

  #placeOf({ name, path, phase, deleting, baseDirectoryId, baseDirectoryMounted }: Volume): Place {
    const basePath = path?.endsWith(`/${name}`) ? path.slice(0, -name.length - 1) : undefined;
    const place = { basePath, baseDirectoryId, baseDirectoryMounted, bound: phase === 'Bound' && !deleting };
    const key = JSON.stringify(Object.values(place));
    const shared = this.#places.get(key);
    if (shared === undefined) this.#places.set(key, place);
    return shared ?? place;
  }
}
