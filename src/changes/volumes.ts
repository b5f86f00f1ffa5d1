import { mayNeedUs } from '../delete/decide.ts';
import type { KnownBase } from '../disk/port.ts';
import type { Change } from '../flow/change.ts';
import type { ChangeHandler } from '../kube/watch/change-handler.ts';
import type { PersistentVolumeObject } from '../model/kubernetes.ts';
import { isGivenUp, isMadeBy, lacksIdentity, type Volume, volumeOf } from '../model/volume.ts';
import { Mirror } from './mirror.ts';

export interface OwnVolumesOptions {
  nodeName: string;
  provisionerNames: readonly string[];
  /** A volume, or what is left of one, needs a look. */
  onLook: (volume: string, change: Change) => void;
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
const gone: Change = { object: '' };

/** What the watch is yet to tell of a volume that we delete: that it is being deleted, and then gone. */
interface Echo {
  uid: string | undefined;
  /** What was told last, if anything was. */
  heard: Change | undefined;
}

/** Passes on the volumes of this node that may need something, and keeps name and place of all of them, but no volume. */
export class OwnVolumes implements ChangeHandler<PersistentVolumeObject> {
  readonly #options: OwnVolumesOptions;
  /** By name; undefined for one that we did not make. */
  readonly #volumes = new Mirror<Place | undefined>();
  readonly #places = new Map<string, Place>();
  /** Names of those that wait for somebody to mend them. */
  readonly #stuck = new Set<string>();
  /** By name, of volumes that exist. */
  readonly #echoes = new Map<string, Echo>();
  #everListed = false;

  constructor(options: OwnVolumesOptions) {
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

  /**
   * Deletes a volume: what the watch then tells of that is no news, and nothing is left to look at. If the deed fails, it
   * may have been somebody else's doing, and is news after all.
   */
  async withoutEcho(
    { name, uid }: { name: string; uid: string | undefined },
    deed: () => Promise<void>,
  ): Promise<void> {
    const echo: Echo = { uid, heard: undefined };
    if (this.#volumes.has(name) && !this.#volumes.isListing) this.#echoes.set(name, echo);
    try {
      await deed();
    } catch (error) {
      if (this.#echoes.get(name) === echo) this.#echoes.delete(name);
      if (echo.heard !== undefined) this.#options.onLook(name, echo.heard);
      throw error;
    }
  }

  /** An API server that was set back to a backup shows volumes again that were deleted: what a list shows is no echo. */
  listing(): void {
    this.#echoes.clear();
    this.#volumes.startList();
  }

  present(object: PersistentVolumeObject): void {
    const volume = volumeOf(object);
    const { nodeName, provisionerNames } = this.#options;
    const ours = isMadeBy(volume, nodeName, provisionerNames);
    this.#volumes.set(volume.name, ours ? this.#placeOf(volume) : undefined);
    const change = () => ({ object: JSON.stringify(volume) });
    if (volume.deleting && this.#isEcho(volume, change)) return;
    this.#echoes.delete(volume.name);
    if (this.#hasHealed(volume) || mayNeedUs(volume, this.#options)) this.#options.onLook(volume.name, change());
  }

  /** The volume is gone, and may have left a directory, in the trash or not. */
  gone(object: PersistentVolumeObject): void {
    const volume = volumeOf(object);
    const { name } = volume;
    const isEcho = this.#isEcho(volume, () => gone);
    this.#volumes.delete(name);
    this.#echoes.delete(name);
    this.#stuck.delete(name);
    if (!isEcho) this.#options.onLook(name, gone);
  }

  listed(): void {
    for (const [name] of this.#volumes.endList()) {
      this.#stuck.delete(name);
      this.#options.onLook(name, gone);
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

  #isEcho({ name, uid }: Volume, change: () => Change): boolean {
    const echo = this.#echoes.get(name);
    if (echo === undefined || echo.uid !== uid) return false;
    echo.heard = change();
    return true;
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
