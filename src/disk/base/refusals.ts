import { nodeLabel, nodeLabelValue } from '../../model/names.ts';
import { labelName, stateName } from '../layout.ts';
import { type KnownBase, StorageError } from '../port.ts';
import type { Verdict } from './judge.ts';

// Why the directory at the path of a base directory is not used, in words for the user. Nothing was written then.

/** @param known the base directories that volumes of this node have at that path */
export function anotherDisk(
  verdict: Exclude<Verdict, 'usable'>,
  { path, nodeName = '' }: { path: string; nodeName: string | undefined },
  known: readonly KnownBase[],
): StorageError {
  const volumes = `kubectl get pv -l ${nodeLabel}=${nodeLabelValue(nodeName)}`;
  const lost = `If that disk is lost for good, delete its volumes (${volumes}) and remove their finalizers`;
  const ids = [...new Set(known.map(({ id }) => id))].join(' or ');
  const what = {
    BaseDirectoryNotMounted: `The disk of base directory ${path} is not mounted. Nothing was written. Mount it. ${lost}, then restart this daemon`,
    BaseDirectoryReplaced: `The wrong disk is mounted at base directory ${path}. Nothing was written. Mount the disk whose ${stateName}/${labelName} has the id ${ids}. ${lost}`,
  };
  return new StorageError(verdict, what[verdict]);
}

/** @param sibling path of the other base directory */
export function ofSibling(path: string, sibling: string, id: string): StorageError {
  const message = `At base directory ${path} is the directory of base directory ${sibling}: both have the id ${id}. Nothing was written. Mount each disk at its own path (findmnt ${path} ${sibling}), or give the daemon only one of the two`;
  return new StorageError('BaseDirectoryReplaced', message);
}

export function ofAnotherNode(path: string, owner: string, nodeName: string): StorageError {
  const advice = `Give each node its own base directory. If node "${owner}" was renamed to "${nodeName}", correct "node" in ${path}/${stateName}/${labelName}`;
  const message = `Base directory ${path} belongs to node "${owner}", and this is node "${nodeName}". ${advice}`;
  return new StorageError('BaseDirectoryOfAnotherNode', message);
}

export function changed(path: string): StorageError {
  const message = `Base directory ${path} was replaced: a disk was mounted or unmounted there. The daemon inspects it again`;
  return new StorageError('BaseDirectoryMissing', message);
}

/** @param to the new path, on its file system */
export function moved(path: string, to = 'another place'): StorageError {
  const advice = `Move it back, or make ${path} again and restart this daemon (kubectl delete pod)`;
  return new StorageError('BaseDirectoryMissing', `Base directory ${path} was moved on the node, to ${to}. ${advice}`);
}

export function neverUsed(path: string): StorageError {
  const message = `${path} is not the base directory of a daemon. Give the path that the daemon has`;
  return new StorageError('BaseDirectoryMissing', message);
}
