import { type Architecture, npmNames } from './architectures.ts';
import { type NpmBinary, pinnedHash, stageBinary } from './npm-binary.ts';
import { nodePath } from './paths.ts';

/** Puts the pinned Node of an architecture where the Dockerfile takes it from. */
export const stageNode = (architecture: Architecture): Promise<void> =>
  stageBinary(architecture, binaryOf(architecture), nodePath(architecture));

/** The hash that package-lock.json has of the package. */
export const pinned = (architecture: Architecture): string => pinnedHash(binaryOf(architecture));

const binaryOf = (architecture: Architecture): NpmBinary => ({
  packageFolder: `node_modules/node-linux-${npmNames[architecture]}`,
  file: 'bin/node',
  mode: 0o755,
});
