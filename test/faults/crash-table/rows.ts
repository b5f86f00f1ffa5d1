/** What was seen of one kill. */
export interface Observation {
  /** What the daemon was about to do; undefined after its last step. */
  step: string | undefined;
  disk: string;
  cluster: string;
  /** What the next life did, in order. */
  restart: string[];
}

/** A row of the table: a kill, or several in a row that look the same. */
export interface Row {
  /** Such as `2–4`; empty after the last step. */
  numbers: string;
  steps: string[];
  disk: string;
  cluster: string;
  restart: string;
}

/** @param observations one for each step of a flow in order, and one after the last step */
export function rowsOf(observations: readonly Observation[]): Row[] {
  const steps = observations.flatMap(({ step }) => step ?? []);
  const groups: { first: number; last: number; row: Omit<Row, 'numbers'> }[] = [];
  for (const [index, { step, disk, cluster, restart }] of observations.entries()) {
    const row = { steps: step === undefined ? [] : [step], disk, cluster, restart: restartText(restart, steps) };
    const last = groups.at(-1);
    if (last !== undefined && step !== undefined && looksLike(last.row, row)) {
      last.last = index + 1;
      last.row.steps.push(step);
    } else groups.push({ first: index + 1, last: index + 1, row });
  }
  return groups.map(({ first, last, row }) => ({ ...row, numbers: row.steps.length === 0 ? '' : range(first, last) }));
}

type Look = Pick<Row, 'disk' | 'cluster' | 'restart'>;

const looksLike = (one: Look, other: Look): boolean =>
  one.disk === other.disk && one.cluster === other.cluster && one.restart === other.restart;

/** Steps of the flow by their numbers, anything else in its own words. */
function restartText(restart: readonly string[], steps: readonly string[]): string {
  const parts: (string | { first: number; last: number })[] = [];
  for (const [index, number] of numbersOf(restart, steps).entries()) {
    const run = parts.at(-1);
    if (number === undefined) parts.push(restart[index] as string);
    else if (typeof run === 'object' && number === run.last + 1) run.last = number;
    else parts.push({ first: number, last: number });
  }
  return parts.map((part) => (typeof part === 'string' ? part : range(part.first, part.last))).join(', ') || 'nothing';
}

/**
 * Numbers from 1; undefined for what is no step before the next one. Found from the end on: a restart may begin anywhere,
 * and where it has to come to is known.
 */
function numbersOf(restart: readonly string[], steps: readonly string[]): (number | undefined)[] {
  let next = steps.length;
  return restart
    .toReversed()
    .map((text) => {
      const index = next === 0 ? -1 : steps.lastIndexOf(text, next - 1);
      if (index < 0) return undefined;
      next = index;
      return index + 1;
    })
    .toReversed();
}

const range = (first: number, last: number): string => (first === last ? `${first}` : `${first}–${last}`);
