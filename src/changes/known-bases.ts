import { type KnownBase, StorageError } from '../disk/port.ts';
import { nodeNotRegistered } from '../model/node.ts';
import type { Node } from './node.ts';
import type { Volumes } from './volumes.ts';

/**
 * The base directories that the volumes of this node name; undefined before node and volumes are listed.
 * @throws {StorageError} while the cluster has no such node: a label with a mistyped name would be wrong for ever
 */
export function knownBases(
  node: Pick<Node, 'facts' | 'isMissing'>,
  volumes: Pick<Volumes, 'knownBases'>,
): KnownBase[] | undefined {
  const { name, registered } = node.facts;
  if (node.isMissing) throw new StorageError('NodeNotRegistered', nodeNotRegistered(name));
  return registered ? volumes.knownBases : undefined;
}
