import { type FreshCluster, onFreshCluster, type Repetition } from '../cluster/fresh-cluster.ts';
import { type Contender, peerOf, reference } from '../provisioners/contender.ts';
import { compared } from '../report/comparison.ts';
import type { Findings } from '../report/figures.ts';

/**
 * Measures ours, the reference and, if one was given, a peer in turn, each on a fresh cluster. On a used one the next would list
 * the other's claims and volumes, and would meet its late Events and an API server whose heap has grown. Every other repetition
 * reverses the order, so that what the machine does meanwhile falls on each alike.
 */
export async function measureBeside(
  repetition: Repetition,
  measureOurs: (fresh: FreshCluster) => Promise<Findings>,
  measureContender: (fresh: FreshCluster, contender: Contender) => Promise<Findings>,
): Promise<Findings> {
  const { number, peer } = repetition;
  const contenders = peer === undefined ? [reference] : [reference, peerOf(peer)];
  const found = new Map<string, Findings>();
  const runs = [undefined, ...contenders];
  for (const contender of number % 2 === 1 ? runs.reverse() : runs) {
    const measure = (fresh: FreshCluster) =>
      contender === undefined ? measureOurs(fresh) : measureContender(fresh, contender);
    found.set(contender?.name ?? 'ours', await onFreshCluster(repetition, measure));
  }

  const findingsOf = (name: string): Findings => found.get(name) ?? { figures: {}, samples: {} };
  const ours = findingsOf('ours');
  const parts = [ours, ...contenders.map(({ name }) => compared(name, ours, findingsOf(name)))];
  return {
    figures: Object.assign({}, ...parts.map(({ figures }) => figures)),
    samples: Object.assign({}, ...parts.map(({ samples }) => samples)),
  };
}
