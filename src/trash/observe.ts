import type { TrashedVolume, VolumeStorage } from '../disk/port.ts';

/** All facts for the decision on a volume's trash. */
export interface TrashView {
  volume: string;
  /** Undefined when the volume has nothing in the trash. */
  trashed: TrashedVolume | undefined;
  /** Whether a claim is bound to a volume object of that name. */
  isBoundAgain: boolean;
  /** The clock of this node, in milliseconds since 1970. */
  nowMs: number;
}

export interface TrashSources {
  storage: Pick<VolumeStorage, 'readTrash'>;
  /** Whether the watch shows that a claim is bound to the volume. */
  isBound: (volume: string) => boolean;
}

export async function observeTrash(volume: string, { storage, isBound }: TrashSources): Promise<TrashView> {
  const trashed = await storage.readTrash(volume);
  return { volume, trashed, isBoundAgain: isBound(volume), nowMs: Date.now() };
}
