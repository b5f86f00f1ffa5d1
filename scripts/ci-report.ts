/**
 * `node scripts/ci-report.ts SECTIONS`: sums up a CI run. SECTIONS has a line for each section: its name, exit status, seconds
 * and the JSON report of its tests, or `-`, separated by tabs. A section that failed counts as a failed test when its report
 * shows none: it may not have come so far. Exits with 1 if anything failed.
 */
import { readFileSync } from 'node:fs';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Section extends Counts {
  name: string;
  seconds: string;
  /** What is wrong with it besides failed tests. */
  problem: string | undefined;
}

function readSection(line: string): Section {
  const [name = '', status = '', seconds = '', reportPath = '-'] = line.split('\t');
  const { counts, problem } = reportPath === '-' ? { counts: none, problem: undefined } : readReport(reportPath);
  const problems = [problem, status === '0' ? undefined : `exit status ${status}`].filter((text) => text !== undefined);
  const failed = counts.failed === 0 && problems.length > 0 ? 1 : counts.failed;
  return { ...counts, name, seconds, failed, problem: problems.join(', ') || undefined };
}

const none: Counts = { passed: 0, failed: 0, skipped: 0 };

/** Reads a report as vitest writes it. */
function readReport(path: string): { counts: Counts; problem?: string } {
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

const [sectionsPath] = process.argv.slice(2);
if (sectionsPath === undefined || sectionsPath === '--help') {
  console.log('usage: node scripts/ci-report.ts SECTIONS');
  process.exit(sectionsPath === undefined ? 2 : 0);
}
const sections = readFileSync(sectionsPath, 'utf8').trim().split('\n').filter(Boolean).map(readSection);
console.log();
for (const { name, seconds, passed, failed, skipped, problem } of sections) {
  const tests = passed + failed + skipped > 0 ? `, ${passed} passed, ${failed} failed, ${skipped} skipped` : '';
  const outcome = problem === undefined ? 'ok' : `FAILED (${problem})`;
  console.log(`${seconds.padStart(5)} s  ${name}: ${outcome}${tests}`);
}
const sum = (of: (section: Section) => number) => sections.reduce((total, section) => total + of(section), 0);
const failed = sum((section) => section.failed);
console.log(`${sum(({ passed }) => passed)} passed, ${failed} failed, ${sum(({ skipped }) => skipped)} skipped`);
process.exit(failed === 0 && sections.length > 0 ? 0 : 1);
