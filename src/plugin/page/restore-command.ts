import { shellWord } from '../doctor/shell-word.ts';
import type { TrashRow } from '../rows/rows.ts';

/**
 * The command that restores a deleted volume, for a shell. Names of claims come from records on the disks of nodes, so nothing in them
 * may end a word of the command.
 * @param options that the page was called with and that choose the cluster, such as `--context`
 */
export function restoreCommand({ volume, namespace, claim }: TrashRow, options: readonly string[]): string {
  const owner = namespace === undefined || claim === undefined ? 'NAMESPACE/NAME' : `${namespace}/${claim}`;
  return ['kubectl', 'hostpath-provisioner', 'restore', volume, '--claim', owner, ...options].map(shellWord).join(' ');
}
