import { randomUUID } from 'node:crypto';

/** What tells a claim and its volume from any other such pair. */
export interface PairNames {
  claimName: string;
  claimUid: string;
  volumeUid: string;
}

/** A name for a claim that is to be copied. All of them have one length. */
export const newClaimName = (): string => `pair-${randomUUID().slice(0, 18)}`;

export const newPairNames = (): PairNames => ({
  claimName: newClaimName(),
  claimUid: randomUUID(),
  volumeUid: randomUUID(),
});

/**
 * Gives a text about one pair the names of another. The old and the new ones are of the same length, so that it may be an
 * object as the API server stores it: protobuf has the length of each text before it.
 */
export function renamed(text: string, from: PairNames, to: PairNames): string {
  return text
    .replaceAll(from.claimName, to.claimName)
    .replaceAll(from.claimUid, to.claimUid)
    .replaceAll(from.volumeUid, to.volumeUid);
}
