import { firstAnswer, type TrashedVolume, type VolumeStorage } from '../disk/port.ts';

export type TrashStorage = Pick<VolumeStorage, 'readTrash' | 'eraseTrash' | 'trashDirectory'>;

/** All facts for the decision on a volume's trash. */
export interface TrashView {
  volume: string;
  /** The storage of the base directory in whose trash the volume is; undefined when it is in none. */
  storage: TrashStorage | undefined;
  /** Undefined when the volume has nothing in the trash. */
  trashed: TrashedVolume | undefined;
  /** Whether a claim is bound to a volume object of that name. */
  isBoundAgain: boolean;
  /** The clock of this node, in milliseconds since 1970. */
  nowMs: number;
}

export interface TrashSources {
  /** The storages whose journal or trash may have the volume. */
  storagesOf: (volume: string) => readonly TrashStorage[];
  /** Whether the watch shows that a claim is bound to the volume. */
  isBound: (volume: string) => boolean;
}

/** @throws {StorageError} if no trash that can be read has the volume, and one cannot be read */
export async function observeTrash(volume: string, { storagesOf, isBound }: TrashSources): Promise<TrashView> {
  const found = await firstAnswer(storagesOf(volume), (storage) => storage.readTrash(volume));
  const isBoundAgain = isBound(volume);
  return { volume, storage: found?.storage, trashed: found?.answer, isBoundAgain, nowMs: Date.now() };
}
