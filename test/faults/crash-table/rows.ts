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
  const parts: string[] = [];
  let run: { first: number; last: number } | undefined;
  const endRun = () => {
    if (run !== undefined) parts.push(range(run.first, run.last));
    run = undefined;
  };
  let number = 0;
  for (const text of restart) {
    const found = numberOf(text, steps, number);
    if (found === undefined) {
      endRun();
      parts.push(text);
    } else if (run !== undefined && found === run.last + 1) run.last = found;
    else {
      endRun();
      run = { first: found, last: found };
    }
    number = found ?? number;
  }
  endRun();
  return parts.join(', ') || 'nothing';
}

/** Of steps with the same words, the next one. */
function numberOf(text: string, steps: readonly string[], after: number): number | undefined {
  const next = steps.indexOf(text, after);
  const index = next < 0 ? steps.indexOf(text) : next;
  return index < 0 ? undefined : index + 1;
}

const range = (first: number, last: number): string => (first === last ? `${first}` : `${first}–${last}`);
