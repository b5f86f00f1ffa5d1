import type { TrashedVolume, VolumeStorage } from '../disk/port.ts';

/** Everything that the decision on what a volume has in the trash needs. */
export interface TrashView {
  volume: string;
  /** Undefined when there is nothing. */
  trashed: TrashedVolume | undefined;
  /** Whether a claim is bound to a volume object of that name. */
  isBoundAgain: boolean;
  /** By the clock of this node, in milliseconds since 1970. */
  nowMs: number;
}

export interface TrashSources {
  storage: Pick<VolumeStorage, 'readTrash'>;
  /** Whether the watch shows a volume of that name that a claim is bound to. */
  isBound: (volume: string) => boolean;
}

export async function observeTrash(volume: string, { storage, isBound }: TrashSources): Promise<TrashView> {
  const trashed = await storage.readTrash(volume);
  return { volume, trashed, isBoundAgain: isBound(volume), nowMs: Date.now() };
}
