/** What images are built for, by the name that images and Debian have for it, with the name that npm and Node have. */
export const npmNames = { amd64: 'x64', arm64: 'arm64' } as const;

export type Architecture = keyof typeof npmNames;

export const architectures = Object.keys(npmNames) as Architecture[];

/**
 * The architectures that are named, or this machine's if none is.
 * @throws {Error} for a name that is not known
 */
export function readArchitectures(
  names: readonly string[],
  machine: string = process.arch,
): [Architecture, ...Architecture[]] {
  const own = architectures.find((architecture) => npmNames[architecture] === machine) ?? machine;
  const wanted = names.length > 0 ? names : [own];
  const unknown = wanted.filter((name) => !Object.hasOwn(npmNames, name));
  if (unknown.length > 0) throw new Error(`no image for ${unknown.join(', ')}: there is ${architectures.join(', ')}`);
  return wanted as [Architecture, ...Architecture[]];
}
