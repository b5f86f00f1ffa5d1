import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Proof } from '../planted/prove.ts';
import type { Schedule, Verdict } from './run.ts';

interface Row {
  group: string;
  scenario: string;
  runs: number;
  /** Runs in which all faults came about. */
  hit: number;
  /** Runs with a violation. */
  failed: number;
  /** Of those, runs that left something behind (L2). */
  leaks: number;
}

/** Counts what was run, says what was violated at once, and keeps a record of each run as a line of JSON. */
export class Tally {
  readonly #rows = new Map<string, Row>();
  readonly #folder: string;
  readonly #startedAt = performance.now();
  #runs = 0;
  #planted: Proof[] = [];
  #missed = 0;
  /** Command and violations of each run that failed. */
  readonly #failures: [string, string][] = [];

  /** @param folder takes `runs.jsonl`, `report.json` and `report.md` */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'runs.jsonl'), '');
  }

  add(group: string, { schedule, violations, hit, durationMs, trace }: Verdict): void {
    const scenario =
      schedule.scenarios.length === 1 && group !== 'random schedules' ? schedule.scenarios.join() : 'mixed';
    const row = this.#row(group, scenario);
    row.runs += 1;
    if (hit.length === schedule.faults.length) row.hit += 1;
    if (violations.length > 0) row.failed += 1;
    if (violations.some(({ oracle }) => oracle === 'L2')) row.leaks += 1;
    this.#runs += 1;
    if (this.#runs % 100 === 0) console.log(`${this.#runs} runs after ${Math.round(this.#seconds)} s`);
    this.#keep({ group, ...schedule, hit, durationMs, violations, ...(violations.length > 0 && { trace }) });
    if (violations.length > 0) this.#fails(commandFor(schedule), violationLines(violations));
  }

  /** @param least how many must have been caught */
  addPlanted(proofs: Proof[], least: number): void {
    this.#planted = proofs;
    const missed = proofs.filter(({ oracles }) => oracles.length === 0);
    if (proofs.length - missed.length < least) this.#missed = missed.length;
    this.#runs += proofs.length;
    for (const { bug, schedule, oracles } of proofs) {
      this.#keep({ group: 'planted bugs', bug, ...schedule, oracles });
      if (oracles.length > 0) continue;
      if (this.#missed > 0) this.#fails(commandFor(schedule), `  does not catch the planted bug: ${bug}`);
      else console.log(`NOT CAUGHT: ${bug}\n${commandFor(schedule)}`);
    }
  }

  /** Does something that is no schedule; what it throws is counted as a violation. */
  async check(group: string, deed: () => Promise<void>): Promise<void> {
    const row = this.#row(group, '');
    this.#runs += 1;
    row.runs += 1;
    row.hit += 1;
    try {
      await deed();
    } catch (error) {
      row.failed += 1;
      this.#keep({ group, error: String(error) });
      this.#fails(group, error instanceof Error ? error.message : String(error));
    }
  }

  /** A random schedule that failed, as short as it could be made. */
  shrunk(seed: number, schedule: Schedule): void {
    this.#keep({ group: 'shrunk', seed, ...schedule });
    console.log(`seed ${seed} fails with no more than\n${commandFor(schedule)}`);
  }

  /** Runs with a violation, and planted bugs that were missed, once too many were. */
  get failed(): number {
    return this.#sum('failed') + this.#missed;
  }

  /** Writes the reports and returns the table. */
  finish(): string {
    const markdown = this.#markdown();
    writeFileSync(join(this.#folder, 'report.md'), markdown);
    writeFileSync(
      join(this.#folder, 'report.json'),
      `${JSON.stringify({ seconds: this.#seconds, rows: this.#all })}\n`,
    );
    return markdown;
  }

  /** Counts and failures in the shape of vitest's report, which CI sums up. */
  writeTestReport(path: string): void {
    mkdirSync(dirname(path), { recursive: true });
    const assertionResults = this.#failures.map(([fullName, message]) => ({
      status: 'failed',
      fullName,
      failureMessages: [message],
    }));
    const report = {
      success: this.failed === 0,
      numPassedTests: this.#runs - this.failed,
      numFailedTests: this.failed,
      numPendingTests: 0,
      numTodoTests: 0,
      testResults: [
        { name: 'test/faults', status: this.failed === 0 ? 'passed' : 'failed', message: '', assertionResults },
      ],
    };
    writeFileSync(path, `${JSON.stringify(report)}\n`);
  }

  #fails(what: string, why: string): void {
    this.#failures.push([what, why]);
    console.log(`FAILED ${what}\n${why}`);
  }

  #markdown(): string {
    const line = (cells: (string | number)[]) => `| ${cells.join(' | ')} |`;
    const body = this.#all.map(({ group, scenario, runs, hit, failed, leaks }) =>
      line([group, scenario, runs, hit, failed, leaks]),
    );
    const total = ['all', '', this.#runs, this.#sum('hit'), this.failed, this.#sum('leaks')];
    return [
      line(['what', 'scenario', 'runs', 'all faults came about', 'violations', 'leaks']),
      '|---|---|---:|---:|---:|---:|',
      ...body,
      line(total),
      '',
      ...this.#plantedLines,
      `${Math.round(this.#seconds)} s`,
      '',
    ].join('\n');
  }

  get #plantedLines(): string[] {
    if (this.#planted.length === 0) return [];
    const caught = this.#planted.filter(({ oracles }) => oracles.length > 0).length;
    const rows = this.#planted.map(({ bug, schedule, oracles }) => {
      const told = `${schedule.scenarios.join(' + ')}${schedule.faults.map((fault) => `, \`${fault}\``).join('')}`;
      return `| ${bug} | ${told} | ${oracles.join(', ') || 'nothing'} |`;
    });
    return [
      `Planted bugs: ${caught} of ${this.#planted.length} caught.`,
      '',
      '| planted bug | shown by | caught by |',
      '|---|---|---|',
      ...rows,
      '',
    ];
  }

  /** Groups in the order in which they began: their runs may alternate. */
  get #all(): Row[] {
    const rows = [...this.#rows.values()];
    const groups = [...new Set(rows.map(({ group }) => group))];
    return rows.sort((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group));
  }

  get #seconds(): number {
    return (performance.now() - this.#startedAt) / 1_000;
  }

  #sum(field: 'hit' | 'failed' | 'leaks'): number {
    return this.#all.reduce((total, row) => total + row[field], 0);
  }

  #row(group: string, scenario: string): Row {
    const key = `${group}/${scenario}`;
    const row = this.#rows.get(key) ?? { group, scenario, runs: 0, hit: 0, failed: 0, leaks: 0 };
    this.#rows.set(key, row);
    return row;
  }

  #keep(record: object): void {
    appendFileSync(join(this.#folder, 'runs.jsonl'), `${JSON.stringify(record)}\n`);
  }
}

/** What runs the schedule again, for people to copy. */
export function commandFor({ scenarios, faults }: Schedule): string {
  const options = [...scenarios.map((name) => `--scenario ${name}`), ...faults.map((fault) => `--point '${fault}'`)];
  return `node test/faults/main.ts ${options.join(' ')}`;
}

export const violationLines = (violations: Verdict['violations']): string =>
  violations.map(({ oracle, object, evidence }) => `  ${oracle} ${object}: ${evidence}`).join('\n');
