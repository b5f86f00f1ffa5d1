import type { KnownBase } from '../disk/port.ts';
import type { Change } from '../flow/change.ts';
import type { ChangeHandler } from '../kube/watch/change-handler.ts';
import type { PersistentVolumeObject } from '../model/kubernetes.ts';
import { quantityBytes } from '../model/quantity.ts';
import { basePathOf, isGivenUp, isMadeBy, lacksIdentity, mayNeedUs, type Volume, volumeOf } from '../model/volume.ts';
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
  /** Another size is registered for the volume, or none any more. */
  onSize: (volume: string) => void;
  /** The names of all volumes of this node are known. */
  onListed: () => void;
}

/** The facts of a volume that the daemon keeps. Volumes with equal facts share one object. */
export interface Place {
  /** The directory that its path lies in; undefined if the path does not end with the volume's name. */
  basePath: string | undefined;
  baseDirectoryId: string | undefined;
  baseDirectoryMounted: boolean;
  /** The size that it was registered with. */
  capacityBytes: number;
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
  /** The sizes of our volumes by the id of their base directory. */
  readonly #capacities = new Map<string, number>();
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

  /** The place of a volume of ours. */
  place(name: string): Place | undefined {
    return this.#volumes.get(name);
  }

  /** The sizes of all our volumes that name the base directory with this id, in bytes. */
  capacityIn(baseDirectoryId: string): number {
    return this.#capacities.get(baseDirectoryId) ?? 0;
  }

  /** The size of the volume if it is ours and names the base directory with this id, in bytes; otherwise 0. */
  capacityOf(name: string, baseDirectoryId: string): number {
    const place = this.#volumes.get(name);
    return place?.baseDirectoryId === baseDirectoryId ? place.capacityBytes : 0;
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
    const before = this.#volumes.get(name);
    const place = ours ? this.#placeOf(volume) : undefined;
    this.#volumes.set(name, place);
    this.#count(name, before, place);
    if (!this.#hasHealed(volume) && !mayNeedUs(volume, this.#options)) return;
    const state = deleting && !this.#volumes.isListing ? 'deleting' : 'there';
    onChange({ name, uid, state }, { of: 'volume', words: JSON.stringify(volume) });
  }

  /** A directory of the volume may be left. */
  gone({ metadata }: PersistentVolumeObject): void {
    const { name = '', uid = '' } = metadata ?? {};
    const before = this.#volumes.get(name);
    this.#volumes.delete(name);
    this.#count(name, before, undefined);
    this.#stuck.delete(name);
    this.#options.onChange({ name, uid, state: 'gone' }, gone);
  }

  listed(): void {
    for (const [name, before] of this.#volumes.endList()) {
      this.#count(name, before, undefined);
      this.#stuck.delete(name);
      this.#options.onChange({ name, uid: '', state: 'gone' }, gone);
    }
    this.#everListed = true;
    this.#options.onListed();
  }

  #count(name: string, before: Place | undefined, now: Place | undefined): void {
    if (before?.capacityBytes === now?.capacityBytes && before?.baseDirectoryId === now?.baseDirectoryId) return;
    for (const [place, sign] of [
      [before, -1],
      [now, 1],
    ] as const) {
      if (place?.baseDirectoryId === undefined) continue;
      this.#capacities.set(place.baseDirectoryId, this.capacityIn(place.baseDirectoryId) + sign * place.capacityBytes);
    }
    this.#options.onSize(name);
  }

  #hasHealed(volume: Volume): boolean {
    const { nodeName, provisionerNames } = this.#options;
    if (!isGivenUp(volume) && !lacksIdentity(volume, nodeName, provisionerNames))
      return this.#stuck.delete(volume.name);
    this.#stuck.add(volume.name);
    return false;
  }

  #placeOf(volume: Volume): Place {
    const { phase, deleting, capacity, baseDirectoryId, baseDirectoryMounted } = volume;
    const place = {
      basePath: basePathOf(volume),
      baseDirectoryId,
      baseDirectoryMounted,
      capacityBytes: Math.ceil(quantityBytes(capacity ?? '') ?? 0),
      bound: phase === 'Bound' && !deleting,
    };
    const key = JSON.stringify(Object.values(place));
    // Most are of volumes that are gone or have changed. Those that volumes share come back with their next change.
    if (this.#places.size > this.#volumes.size) this.#places.clear();
    const shared = this.#places.get(key);
    if (shared === undefined) this.#places.set(key, place);
    return shared ?? place;
  }
}
