import { isGivenUp, isMadeBy, lacksIdentity, type Volume } from './volume.ts';

/** Which daemon asks. */
export interface Maker {
  nodeName: string;
  provisionerNames: readonly string[];
}

export type StayReason = 'NotWaitingForUs' | 'InUse';

/** Why the volume alone says that it stays; undefined when the disk has to be asked. */
export function whyStays({ reclaimPolicy, deleting, hasFinalizer, phase }: Volume): StayReason | undefined {
  if (reclaimPolicy !== 'Delete') return undefined;
  if (deleting) return hasFinalizer ? undefined : 'NotWaitingForUs';
  if (phase === 'Released' || (phase === 'Bound' && !hasFinalizer)) return undefined;
  if (phase === 'Failed' && !hasFinalizer) return undefined;
  return 'InUse';
}

/** Whether a volume, as a watch shows it, may need anything of us: those in quiet use cost nothing but this look. */
export function mayNeedUs(volume: Volume, { nodeName, provisionerNames }: Maker): boolean {
  if (lacksIdentity(volume, nodeName, provisionerNames)) return true;
  if (!isMadeBy(volume, nodeName, provisionerNames)) return false;
  if (isGivenUp(volume)) return true;
  if (whyStays(volume) !== undefined) return false;
  return volume.reclaimPolicy === 'Delete' || volume.hasFinalizer;
}
