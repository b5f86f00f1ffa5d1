import type { TestOutcome } from '../../scripts/test-outcome.ts';

/** What came of the tests on one version of Kubernetes. */
export interface VersionRun extends TestOutcome {
  /** Such as `v1.33.13`. */
  release: string;
}

export function notBuilt(release: string): VersionRun {
  return { release, passed: 0, failed: 1, skipped: 0, problem: 'not built', failures: [] };
}

/** Whether there were runs and all of them are as they should be. */
export function allPassed(runs: readonly VersionRun[]): boolean {
  return runs.length > 0 && runs.every(({ failed }) => failed === 0);
}

/** A line for each version. */
export function table(runs: readonly VersionRun[]): string {
  const head = line('version', 'passed', 'failed', 'skipped');
  return [head, ...runs.map((run) => line(run.release, run.passed, run.failed, run.skipped, run.problem))].join('\n');
}

function line(version: string, ...[passed, failed, skipped, problem]: (string | number | undefined)[]): string {
  const counts = [passed, failed, skipped].map((count) => String(count).padStart(9)).join('');
  return `${version.padEnd(10)}${counts}${problem === undefined ? '' : `  ${problem}`}`;
}
