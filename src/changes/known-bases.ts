import { type KnownBase, StorageError } from '../disk/port.ts';
import { nodeNotRegistered } from '../model/node.ts';
import type { Node } from './node.ts';
import type { Volumes } from './volumes.ts';

/**
 * Where the volumes of this node lie; undefined before node and volumes are listed.
 * @throws {StorageError} while the cluster has no such node: its name may be mistyped, and a label would then be wrong for ever
 */
export function knownBases(
  node: Pick<Node, 'facts' | 'isMissing'>,
  volumes: Pick<Volumes, 'knownBases'>,
): KnownBase[] | undefined {
  const { name, registered } = node.facts;
  if (node.isMissing) throw new StorageError('NodeNotRegistered', nodeNotRegistered(name));
  return registered ? volumes.knownBases : undefined;
}
