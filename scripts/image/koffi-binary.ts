import { type Architecture, npmNames } from './architectures.ts';
import { type NpmBinary, pinnedHash, stageBinary } from './npm-binary.ts';
import { koffiPath } from './paths.ts';

/** Puts the pinned koffi of an architecture, for glibc, where the Dockerfile takes it from. */
export const stageKoffi = (architecture: Architecture): Promise<void> =>
  stageBinary(architecture, binaryOf(architecture), koffiPath(architecture));

/** The hash that package-lock.json has of the package. */
export const pinnedKoffi = (architecture: Architecture): string => pinnedHash(binaryOf(architecture));

const binaryOf = (architecture: Architecture): NpmBinary => ({
  packageFolder: `node_modules/@koromix/koffi-linux-${npmNames[architecture]}`,
  file: `linux_${npmNames[architecture]}/koffi.node`,
  mode: 0o644,
});
