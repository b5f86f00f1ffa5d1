import { readFileSync } from 'node:fs';

interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

/** What came of a command that runs tests. It failed if `failed` is not 0. */
export interface TestOutcome extends TestCounts {
  /** What is wrong with it besides failed tests. */
  problem: string | undefined;
}

const none: TestCounts = { passed: 0, failed: 0, skipped: 0 };

/**
 * Judges by the exit status and by the JSON report of the tests, if there are some. A command that failed counts as a failed test
 * when its report shows none: it may not have come so far.
 */
export function testOutcome(exitStatus: string, reportPath?: string): TestOutcome {
  const { counts, problem } = reportPath === undefined ? { counts: none, problem: undefined } : readReport(reportPath);
  const exit = exitStatus === '0' ? undefined : `exit status ${exitStatus}`;
  const problems = [problem, exit].filter((text) => text !== undefined);
  const failed = counts.failed === 0 && problems.length > 0 ? 1 : counts.failed;
  return { ...counts, failed, problem: problems.join(', ') || undefined };
}

/** Reads a report as vitest writes it. */
function readReport(path: string): { counts: TestCounts; problem?: string } {
  let report: Record<string, unknown>;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { counts: none, problem: 'no report of its tests' };
  }
  const number = (field: string) => (typeof report[field] === 'number' ? report[field] : 0);
  const counts = {
    passed: number('numPassedTests'),
    failed: number('numFailedTests'),
    skipped: number('numPendingTests') + number('numTodoTests'),
  };
  if (counts.passed + counts.failed === 0) return { counts, problem: 'no test was run' };
  return report.success === true ? { counts } : { counts, problem: 'its report says that it failed' };
}
