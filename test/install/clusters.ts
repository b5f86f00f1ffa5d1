import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '../..');

/** A kind of cluster that there is an overlay for, and what README.md's table says of it. */
export interface ClusterKind {
  overlay: string;
  baseDirectory: string;
}

export const overlayNames: string[] = readdirSync(join(repository, 'overlays')).sort();

/** What README.md's table of installation says, for each overlay that it names. */
export function clusterKinds(): ClusterKind[] {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8');
  const rows = readme.matchAll(/^\| [^|]+ \| `overlays\/([a-z0-9-]+)` \| `([^`]+)` \|/gm);
  return [...rows].map(([, overlay = '', baseDirectory = '']) => ({ overlay, baseDirectory }));
}
