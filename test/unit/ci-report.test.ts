import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const program = join(import.meta.dirname, '../../scripts/ci-report.ts');

/** A section of a CI run: its exit status, and the report of its tests when it has some. */
interface Section {
  status?: number;
  report?: object | 'missing';
}

const tests = (numPassedTests: number, numFailedTests = 0, numPendingTests = 0) => ({
  success: numFailedTests === 0,
  numPassedTests,
  numFailedTests,
  numPendingTests,
  numTodoTests: 0,
});

async function report(...sections: Section[]): Promise<{ lastLine: string | undefined; status: number | null }> {
  const { stdout, status } = await reportOf(...sections);
  return { lastLine: stdout.trimEnd().split('\n').at(-1), status };
}

async function reportOf(...sections: Section[]): Promise<{ stdout: string; status: number | null }> {
  await using folder = await temporaryDirectory();
  const lines = sections.map(({ status = 0, report }, index) => {
    const path = join(folder.path, `${index}.json`);
    if (typeof report === 'object') writeFileSync(path, JSON.stringify(report));
    return [`section ${index}`, status, 12, report === undefined ? '-' : path].join('\t');
  });
  const sectionsPath = join(folder.path, 'sections');
  writeFileSync(sectionsPath, `${lines.join('\n')}\n`);
  return spawnSync(process.execPath, [program, sectionsPath], { encoding: 'utf8' });
}

test('Sums up the tests of all sections', async () => {
  const sum = await report({ report: tests(5, 0, 1) }, {}, { report: tests(7) });
  expect(sum).toEqual({ lastLine: '12 passed, 0 failed, 1 skipped', status: 0 });
});

test.each<[string, Section, string]>([
  ['a test failed', { status: 1, report: tests(5, 2) }, '5 passed, 2 failed, 0 skipped'],
  ['a section without tests failed', { status: 1 }, '0 passed, 1 failed, 0 skipped'],
  ['a report is missing', { report: 'missing' }, '0 passed, 1 failed, 0 skipped'],
  ['no test was run', { report: tests(0, 0, 4) }, '0 passed, 1 failed, 4 skipped'],
  ['a suite failed outside its tests', { status: 1, report: tests(5) }, '5 passed, 1 failed, 0 skipped'],
  ['a report says that it failed', { report: { ...tests(5), success: false } }, '5 passed, 1 failed, 0 skipped'],
])('Fails when %s', async (_, section, lastLine) => {
  expect(await report(section)).toEqual({ lastLine, status: 1 });
});

test('Says which tests failed and why before it sums up', async () => {
  const passed = { status: 'passed', fullName: 'holds', failureMessages: [] };
  const failed = {
    status: 'failed',
    fullName: 'claims are bound',
    failureMessages: ['AssertionError: no\n    at x.ts'],
  };
  const testResults = [
    { name: 'a.test.ts', status: 'failed', message: '', assertionResults: [passed, failed] },
    { name: 'b.test.ts', status: 'failed', message: 'SyntaxError: no', assertionResults: [] },
    { name: 'c.test.ts', status: 'passed', message: '', assertionResults: [passed] },
  ];
  const { stdout } = await reportOf({ status: 1, report: { ...tests(5, 2), testResults } });
  expect(stdout).toMatch(
    /^\nFAILED a.test.ts: claims are bound\n {2}AssertionError: no\n {6}at x.ts\n\nFAILED b.test.ts\n {2}SyntaxError: no\n\n {3}12 s {2}section 0/,
  );
});
