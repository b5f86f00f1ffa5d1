import { type FreshCluster, onFreshCluster, type Repetition } from '../cluster/fresh-cluster.ts';
import { type Contender, peerOf, reference } from '../provisioners/contender.ts';
import { compared } from '../report/comparison.ts';
import type { Findings } from '../report/figures.ts';

/** Whom ours is measured beside: the reference without limits and, if one was given, a peer. */
export const contendersOf = ({ peer }: Repetition): Contender[] =>
  peer === undefined ? [reference] : [reference, peerOf(peer)];

/**
 * Measures ours and the contenders in turn, each on a fresh cluster: on a used one the next would list the other's claims
 * and volumes, meet its Events that still go out, and an API server whose heap has grown. In every other repetition the
 * order is reversed, so that what the machine does meanwhile falls on each alike.
 */
export async function measureBeside(
  repetition: Repetition,
  measureOurs: (fresh: FreshCluster) => Promise<Findings>,
  contenders: readonly Contender[],
  measureContender: (fresh: FreshCluster, contender: Contender) => Promise<Findings>,
): Promise<Findings> {
  const measures = contenders.map((contender) => (fresh: FreshCluster) => measureContender(fresh, contender));
  const [ours = nothing, ...theirs] = await inTurn(repetition, [measureOurs, ...measures]);
  const parts = [ours, ...contenders.map(({ name }, index) => compared(name, ours, theirs[index] ?? nothing))];
  return {
    figures: Object.assign({}, ...parts.map(({ figures }) => figures)),
    samples: Object.assign({}, ...parts.map(({ samples }) => samples)),
  };
}

const nothing: Findings = { figures: {}, samples: {} };

/** @returns what was found, in the order of the measures whatever the order of the runs */
async function inTurn(repetition: Repetition, measures: ((fresh: FreshCluster) => Promise<Findings>)[]) {
  const reversed = repetition.number % 2 === 1;
  const found: Findings[] = [];
  for (const measure of reversed ? measures.toReversed() : measures) {
    found.push(await onFreshCluster(repetition, measure));
  }
  return reversed ? found.reverse() : found;
}
