import { relative } from 'node:path';

/** What the flow is about, to tell its places from others. */
export interface Subject {
  base: string;
  volume: string;
}

const state = '.hostpath-provisioner';

/** Words for the places in a base directory that one volume has to do with. */
const places: [pattern: RegExp, words: string][] = [
  [/^$/, 'the base directory'],
  [/^VOLUME$/, 'the directory'],
  [/^STATE$/, 'our own directory'],
  [/^STATE\/base\.json$/, 'the label'],
  [/^STATE\/[^/]+\.tmp$/, 'a temporary file'],
  [/^STATE\/volumes$/, 'the journal'],
  [/^STATE\/volumes\/VOLUME\.json$/, 'the record'],
  [/^STATE\/trash$/, 'the trash'],
  [/^STATE\/trash\/VOLUME$/, 'its place in the trash'],
  [/^STATE\/trash\/VOLUME\/record\.json$/, 'the record in the trash'],
  [/^STATE\/trash\/VOLUME\/erasing$/, '`erasing`, where it cannot be restored'],
  [/^STATE\/trash\/VOLUME\/.+$/, 'the directory in the trash'],
];

/** @throws {Error} if the path is none of the places */
export function placeOf(path: string, { base, volume }: Subject): string {
  const known = relative(base, path).replace(state, 'STATE').replaceAll(volume, 'VOLUME');
  const found = places.find(([pattern]) => pattern.test(known));
  if (found === undefined) throw new Error(`there are no words for ${path}: add them to crash-table/places.ts`);
  return found[1];
}
