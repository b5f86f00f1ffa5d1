import type { Space } from '../disk/port.ts';
import { type Reserve, reservedBytes } from '../model/reserve.ts';
import { type Demand, fits, type Room } from '../model/room.ts';

/** Room that becomes free within this time, in milliseconds, is offered together. */
const offerAfterMs = 1_000;

export interface RoomOptions {
  /** Space of the base directory's file system; undefined while it cannot be used. */
  space: () => Space | undefined;
  /** The sizes of all volume objects in the base directory, in bytes, as the watch shows them. */
  registeredBytes: () => number;
  /** The size of one of them; 0 when there is none. */
  registeredBytesOf: (volume: string) => number;
  reserve: Reserve;
  /** There may be room now for the claim of this volume, which lacked it. */
  onRoom: (volume: string) => void;
}

/** A size beyond what the volume object has, or a size without a volume object. */
interface Hold {
  bytes: number;
  /** What it adds to the size of the volume object. */
  extraBytes: number;
  /** Whether no claim waits for it: its directory stays, in the trash or in its place. */
  isKept: boolean;
}

/**
 * What a base directory has promised. The sizes of volume objects come from the watch; held here are those that it does not show:
 * of volumes in the making, of volumes that grow, and of directories that stay without a volume object. A restart finds the first
 * two in the cluster or does them anew, and the scan for leftovers finds the last.
 */
export class RoomAccount {
  readonly #options: RoomOptions;
  readonly #holds = new Map<string, Hold>();
  /** The sum over all holds, so that a look at one claim does not cost more when there are many volumes. */
  #extraBytes = 0;
  #keptBytes = 0;
  /** Volumes whose claims lack room. */
  readonly #lacking = new Map<string, Demand>();
  #offer: NodeJS.Timeout | undefined;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** Undefined while the base directory cannot be used. */
  get room(): Room | undefined {
    const { space, registeredBytes, reserve } = this.#options;
    const found = space();
    if (found === undefined) return undefined;
    const { usableBytes: sizeBytes, inodes } = found;
    const promisedBytes = registeredBytes() + this.#extraBytes;
    const keptBytes = this.#keptBytes;
    return { sizeBytes, reservedBytes: reservedBytes(reserve, sizeBytes), promisedBytes, keptBytes, inodes };
  }

  /** The room if nothing were promised to the volume. */
  without(volume: string): Room | undefined {
    const { room } = this;
    return room && { ...room, promisedBytes: room.promisedBytes - this.#promisedTo(volume) };
  }

  /**
   * Promises the size to the volume, at once. @returns false if others have taken the room since the claim was judged, or if the
   * room is not known any more
   */
  take(volume: string, { bytes, most }: Demand): boolean {
    const room = this.without(volume);
    if (most !== undefined && (room === undefined || !fits(room, bytes, most))) return false;
    this.hold(volume, bytes);
    return true;
  }

  /** Counts a size until the watch shows a volume object that is as large, or until it is released. */
  hold(volume: string, bytes: number): void {
    this.#put(volume, { bytes, isKept: false });
  }

  /** The same, for a directory that stays although no claim waits for it. */
  keep(volume: string, bytes: number): void {
    this.#put(volume, { bytes, isKept: true });
  }

  release(volume: string): void {
    if (this.#drop(volume)) this.becameLarger();
  }

  /** Releases what belongs to none of these volumes any more: another process may have removed it. */
  releaseOthers(isThere: (volume: string) => boolean): void {
    for (const volume of this.#holds.keys()) if (!isThere(volume)) this.release(volume);
  }

  /** The watch shows another size of the volume object, or none any more. */
  registered(volume: string): void {
    const held = this.#holds.get(volume);
    if (held !== undefined && this.#options.registeredBytesOf(volume) < held.bytes) this.#put(volume, held);
    else this.#drop(volume);
    this.becameLarger();
  }

  /** Has the claim of the volume looked at again when there is room for it. */
  lacks(volume: string, demand: Demand): void {
    this.#lacking.set(volume, demand);
  }

  /** The claim of the volume no longer lacks room. */
  lacksNothing(volume: string): void {
    this.#lacking.delete(volume);
  }

  /** There may be more room than before. */
  becameLarger(): void {
    if (this.#lacking.size === 0) return;
    this.#offer ??= setTimeout(() => {
      this.#offer = undefined;
      this.#offerRoom();
    }, offerAfterMs);
  }

  stop(): void {
    clearTimeout(this.#offer);
  }

  #put(volume: string, { bytes, isKept }: Pick<Hold, 'bytes' | 'isKept'>): void {
    this.#drop(volume);
    const extraBytes = Math.max(0, bytes - this.#options.registeredBytesOf(volume));
    this.#holds.set(volume, { bytes, extraBytes, isKept });
    this.#extraBytes += extraBytes;
    if (isKept) this.#keptBytes += extraBytes;
  }

  /** @returns whether there was something to drop */
  #drop(volume: string): boolean {
    const { extraBytes, isKept } = this.#holds.get(volume) ?? { extraBytes: 0, isKept: false };
    this.#extraBytes -= extraBytes;
    if (isKept) this.#keptBytes -= extraBytes;
    return this.#holds.delete(volume);
  }

  #offerRoom(): void {
    for (const [volume, { bytes, most }] of this.#lacking) {
      const room = this.without(volume);
      if (room !== undefined && (most === undefined || fits(room, bytes, most))) {
        this.#lacking.delete(volume);
        this.#options.onRoom(volume);
      }
    }
  }

  #promisedTo(volume: string): number {
    return this.#options.registeredBytesOf(volume) + (this.#holds.get(volume)?.extraBytes ?? 0);
  }
}
