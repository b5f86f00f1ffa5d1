/**
 * `node scripts/ci-report.ts SECTIONS`: says which tests of a CI run failed and why, and sums up the run. SECTIONS has a line for
 * each section: its name, exit status, seconds and the JSON report of its tests, or `-`, separated by tabs. Exits with 1 if anything
 * failed.
 */
import { readFileSync } from 'node:fs';
import { type TestOutcome, testOutcome } from './test-outcome.ts';

interface Section extends TestOutcome {
  name: string;
  seconds: string;
}

function readSection(line: string): Section {
  const [name = '', status = '', seconds = '', reportPath = '-'] = line.split('\t');
  return { ...testOutcome(status, reportPath === '-' ? undefined : reportPath), name, seconds };
}

/** So that many failures leave the end of the output short. */
const messageLines = 15;

const [sectionsPath] = process.argv.slice(2);
if (sectionsPath === undefined || sectionsPath === '--help') {
  console.log('usage: node scripts/ci-report.ts SECTIONS');
  process.exit(sectionsPath === undefined ? 2 : 0);
}
const sections = readFileSync(sectionsPath, 'utf8').trim().split('\n').filter(Boolean).map(readSection);
for (const { test, message } of sections.flatMap(({ failures }) => failures)) {
  console.log(`\nFAILED ${test}`);
  for (const line of message.split('\n').slice(0, messageLines)) console.log(`  ${line}`);
}
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
