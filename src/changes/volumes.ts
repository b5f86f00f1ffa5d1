import type { KnownBase } from '../disk/port.ts';
import type { Change } from '../flow/change.ts';
import type { ChangeHandler } from '../kube/watch/change-handler.ts';
import type { PersistentVolumeObject } from '../model/kubernetes.ts';
import { isGivenUp, isMadeBy, lacksIdentity, type Volume, volumeOf } from '../model/volume.ts';
import { mayNeedUs } from '../model/volume-needs.ts';
import { Mirror } from './mirror.ts';

/** What a watch event says of a volume object. */
export interface SeenVolume {
  name: string;
  /** Empty when a list no longer shows the volume. */
  uid: string;
  /** A list shows whatever exists as `there`: it may come from an API server that was set back to a backup. */
  state: 'there' | 'deleting' | 'gone';
}

export interface VolumesOptions {
  nodeName: string;
  provisionerNames: readonly string[];
  /** A volume, or what is left of one, needs a look. */
  onChange: (seen: SeenVolume, change: Change) => void;
  /** The volumes are listed anew. */
  onListing: () => void;
  /** The names of all volumes of this node are known. */
  onListed: () => void;
}

/** What is kept of a volume. Most agree in all of it, and share one object. */
export interface Place {
  /** Path of the base directory that it lies in, by its own word; undefined if its path does not end in its name. */
  basePath: string | undefined;
  baseDirectoryId: string | undefined;
  baseDirectoryMounted: boolean;
  /** Whether a claim is bound to it, and nobody has deleted it. */
  bound: boolean;
}

/** The object exists no more. */
const gone: Change = { of: 'volume', words: '' };

/** Passes on the volumes of this node that may need something, and keeps name and place of all of them, but no volume. */
export class Volumes implements ChangeHandler<PersistentVolumeObject> {
  readonly #options: VolumesOptions;
  /** By name; undefined for one that we did not make. */
  readonly #volumes = new Mirror<Place | undefined>();
  readonly #places = new Map<string, Place>();
  /** Names of those that wait for somebody to mend them. */
  readonly #stuck = new Set<string>();
  #everListed = false;

  constructor(options: VolumesOptions) {
    this.#options = options;
  }

  /** Names of the volumes that exist, or undefined before they have been listed. */
  get names(): { has(volume: string): boolean } | undefined {
    return this.#everListed ? this.#volumes : undefined;
  }

  /** Where our volumes lie, each base directory once; undefined before they have been listed. */
  get knownBases(): KnownBase[] | undefined {
    if (!this.#everListed) return undefined;
    return [...new Set(this.#volumes.values())].flatMap((place) => {
      if (place?.basePath === undefined || place.baseDirectoryId === undefined) return [];
      return [{ path: place.basePath, id: place.baseDirectoryId, mounted: place.baseDirectoryMounted }];
    });
  }

  /** Names of our volumes that lie in the base directory with this id, by their own word. */
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
    this.#options.onListing();
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

  /** The volume is gone, and may have left a directory, in the trash or not. */
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
