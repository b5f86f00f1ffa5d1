import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseBaseDirectory } from '../../src/config/options.ts';
import { defaultPool } from '../../src/model/names.ts';

const repository = join(import.meta.dirname, '../..');

/** A kind of cluster that there is an overlay for, and what the table of docs/install.md says of it. */
export interface ClusterKind {
  overlay: string;
  /** As BASE_DIRECTORY has it: a path, or several with names. */
  baseDirectory: string;
}

export const overlayNames: string[] = readdirSync(join(repository, 'overlays'))
  .filter((name) => !isComponent(name))
  .sort();

/** Whether it is no overlay, but a part that any overlay may have. */
function isComponent(name: string): boolean {
  return /^kind: Component$/m.test(readFileSync(join(repository, 'overlays', name, 'kustomization.yaml'), 'utf8'));
}

/** What one types to install the chart with the base directories of a cluster. */
export function chartFlags({ baseDirectory }: ClusterKind): string {
  const given = baseDirectory.split(',').map(parseBaseDirectory);
  const flags = given.map(({ pool, path }) =>
    pool === defaultPool ? `baseDirectory=${path}` : `pools.${pool}=${path}`,
  );
  return `--set ${flags.join(',')}`;
}

/** What the table of docs/install.md says, for each overlay that it names. */
export function clusterKinds(): ClusterKind[] {
  const page = readFileSync(join(repository, 'docs/install.md'), 'utf8');
  const rows = page.matchAll(/^\| [^|]+ \| `overlays\/([a-z0-9-]+)` \| `([^`]+)` \|/gm);
  return [...rows].map(([, overlay = '', baseDirectory = '']) => ({ overlay, baseDirectory }));
}
