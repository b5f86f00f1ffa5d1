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
  await using folder = await temporaryDirectory();
  const lines = sections.map(({ status = 0, report }, index) => {
    const path = join(folder.path, `${index}.json`);
    if (typeof report === 'object') writeFileSync(path, JSON.stringify(report));
    return [`section ${index}`, status, 12, report === undefined ? '-' : path].join('\t');
  });
  const sectionsPath = join(folder.path, 'sections');
  writeFileSync(sectionsPath, `${lines.join('\n')}\n`);
  const { stdout, status } = spawnSync(process.execPath, [program, sectionsPath], { encoding: 'utf8' });
  return { lastLine: stdout.trimEnd().split('\n').at(-1), status };
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
