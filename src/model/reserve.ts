import { quantityBytes } from './quantity.ts';

/** The part of a base directory that is promised to no volume. */
export type Reserve = { bytes: number } | { share: number };

/** Reads a Kubernetes quantity such as `10Gi`, or a share such as `5%`. @returns what is wrong with any other text */
export function readReserve(text: string): Reserve | { problem: string } {
  const percent = /^(\d{1,2}(?:\.\d{1,3})?)%$/.exec(text)?.[1];
  if (percent !== undefined) return { share: Number(percent) / 100 };
  const bytes = quantityBytes(text);
  return bytes === undefined
    ? { problem: 'use a size or a share below 100%, such as "10Gi" or "5%"' }
    : { bytes: Math.ceil(bytes) };
}

/** @param sizeBytes the size of the base directory */
export const reservedBytes = (reserve: Reserve, sizeBytes: number): number =>
  'share' in reserve ? Math.ceil(reserve.share * sizeBytes) : reserve.bytes;
