import type { OpenCluster } from '../cluster/open-cluster.ts';
import type { Given } from '../command-line/read-arguments.ts';
import type { List } from '../lists/list.ts';
import { showList, sortColumn } from '../output/list-output.ts';
import type { Output } from '../output/output.ts';
import { problemsIn } from '../output/problems.ts';
import { readOverview } from '../read-overview.ts';
import { type End, ended, failed, misused } from './end.ts';

/** Lists the rows of the scope. What cannot be read is `<unknown>`, with a line that says why. */
export async function runList<Row extends object>(
  list: List<Row>,
  given: Given,
  { sources, namespace: ofContext }: Pick<OpenCluster, 'sources' | 'namespace'>,
  output: Output,
): Promise<End> {
  const { namespaceColumn, namespaceOf } = list;
  const byDefault = namespaceColumn === undefined ? undefined : ofContext;
  const namespace = given['all-namespaces'] ? undefined : (given.namespace ?? byDefault);
  const form =
    namespaceColumn && namespace === undefined ? { ...list, columns: [namespaceColumn, ...list.columns] } : list;
  const order = sortColumn(form, given);
  if (order !== undefined && 'problem' in order) return misused(order.problem);

  const scope = { namespace, labelSelector: given.selector, node: given.node };
  const overview = await readOverview(sources, scope, list.wanted);
  const problems = problemsIn(overview);
  if (list.basis.every((part) => 'problem' in overview[part])) return failed(...problems);
  for (const problem of problems) output.warn(problem);
  const isWanted = (row: Row) => namespace === undefined || namespaceOf === undefined || namespaceOf(row) === namespace;
  const rows = list.rows(overview).filter(isWanted);
  await showList(form, rows, { given, order, atMs: overview.atMs }, output);
  if (rows.length === 0) output.warn(list.empty(namespace === undefined ? '' : ` in namespace ${namespace}`));
  return ended;
}
