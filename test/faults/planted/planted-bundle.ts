import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Plugin } from 'esbuild';
import { bundleDaemon } from '../../../scripts/bundle.ts';
import type { PlantedBug } from './bugs.ts';

const sources = join(import.meta.dirname, '../../../src');

/**
 * Bundles the daemon with a bug in it; the sources stay as they are.
 * @throws {Error} when an edit does not fit the sources any more
 */
export async function bundlePlanted(bug: PlantedBug, outfile: string): Promise<void> {
  const unused = new Set(bug.edits);
  const plant: Plugin = {
    name: 'plant a bug',
    setup(build) {
      build.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
        let contents = await readFile(path, 'utf8');
        for (const edit of bug.edits.filter(({ file }) => file === relative(sources, path))) {
          contents = applied(edit, contents);
          unused.delete(edit);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
  await bundleDaemon({ outfile, plugins: [plant] });
  if (unused.size > 0) throw new Error(`${bug.name}: ${[...unused].map(({ file }) => file)} is not in the bundle`);
}

/** @throws {Error} unless what is to be replaced is there once */
export function applied({ file, find, replace }: PlantedBug['edits'][number], source: string): string {
  const count = source.split(find).length - 1;
  if (count !== 1) throw new Error(`src/${file} has ${count} times what a planted bug replaces:\n${find}`);
  return source.replace(find, () => replace);
}
