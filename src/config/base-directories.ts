import { type BaseDirectoryOption, parseBaseDirectory } from './options.ts';

/** Reads the base directories of a command line. Each needs a name and a place of its own: two journals must not mix. */
export function readBaseDirectories(values: readonly string[]): { found: BaseDirectoryOption[]; problems: string[] } {
  const found = values.map(parseBaseDirectory);
  const problems = found.flatMap(({ pool, path }, index) => {
    const earlier = found.slice(0, index);
    const namesake = earlier.find((other) => other.pool === pool);
    const neighbour = earlier.find((other) => isWithin(path, other.path) || isWithin(other.path, path));
    return [
      ...(namesake === undefined
        ? []
        : [`--base-directory ${path} and ${namesake.path} have the same name "${pool}": ${nameThem}`]),
      ...(neighbour === undefined
        ? []
        : [`--base-directory ${path} and ${neighbour.path} lie in each other: use two separate directories`]),
    ];
  });
  return { found, problems };
}

const nameThem = 'give each a name of its own, such as ssd=/mnt/ssd';

const isWithin = (path: string, other: string): boolean => path === other || path.startsWith(`${other}/`);
