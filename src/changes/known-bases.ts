import { type KnownBase, StorageError } from '../disk/port.ts';
import { nodeNotRegistered } from '../model/node.ts';
import type { Node } from './node.ts';
import type { Volumes } from './volumes.ts';

/** The base directories that volumes of this node name; undefined before these are listed. @throws {StorageError} */
export function knownBases(
  node: Pick<Node, 'facts' | 'isMissing'>,
  volumes: Pick<Volumes, 'knownBases'>,
): KnownBase[] | undefined {
  const { name, registered } = node.facts;
  if (node.isMissing) throw new StorageError('NodeNotRegistered', nodeNotRegistered(name));
  return registered ? volumes.knownBases : undefined;
}
