import { readFileSync } from 'node:fs';

interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

/** A test that failed, and why. */
export interface Failure {
  test: string;
  message: string;
}

/** What came of a command that runs tests. It failed if `failed` is not 0. */
export interface TestOutcome extends TestCounts {
  /** What is wrong with it besides failed tests. */
  problem: string | undefined;
  failures: Failure[];
}

/** As much of a report of vitest as is read. */
interface Report {
  success?: boolean;
  numPassedTests?: number;
  numFailedTests?: number;
  numPendingTests?: number;
  numTodoTests?: number;
  testResults?: FileReport[];
}

interface FileReport {
  name: string;
  status: string;
  message: string;
  assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
}

const none: TestCounts = { passed: 0, failed: 0, skipped: 0 };

/**
 * Judges by the exit status and by the JSON report of the tests, if there are some. A command that failed counts as a failed test
 * when its report shows none: it may not have come so far.
 */
export function testOutcome(exitStatus: string, reportPath?: string): TestOutcome {
  const { counts, problem, failures } =
    reportPath === undefined ? { counts: none, failures: [] } : readReport(reportPath);
  const exit = exitStatus === '0' ? undefined : `exit status ${exitStatus}`;
  const problems = [problem, exit].filter((text) => text !== undefined);
  const failed = counts.failed === 0 && problems.length > 0 ? 1 : counts.failed;
  return { ...counts, failed, problem: problems.join(', ') || undefined, failures };
}

/** Reads a report as vitest writes it. */
function readReport(path: string): { counts: TestCounts; problem?: string; failures: Failure[] } {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { counts: none, problem: 'no report of its tests', failures: [] };
  }
  const { success, numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 } = report;
  const counts = { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
  const failures = (report.testResults ?? []).flatMap(failuresOf);
  if (counts.passed + counts.failed === 0) return { counts, problem: 'no test was run', failures };
  return { counts, failures, ...(success !== true && { problem: 'its report says that it failed' }) };
}

function failuresOf({ name, status, message, assertionResults }: FileReport): Failure[] {
  const failed = assertionResults.filter((result) => result.status === 'failed');
  // As when the file cannot be loaded.
  if (failed.length === 0 && status === 'failed') return [{ test: name, message }];
  return failed.map(({ fullName, failureMessages }) => ({
    test: `${name}: ${fullName}`,
    message: failureMessages.join('\n'),
  }));
}
