import { expect, test } from 'vitest';
import { allPassed, notBuilt, table, type VersionRun } from '../../versions/version-run.ts';

const run = (release: string, changes: Partial<VersionRun> = {}): VersionRun => ({
  release,
  passed: 400,
  failed: 0,
  skipped: 2,
  problem: undefined,
  ...changes,
});

test('Versions whose tests passed are good', () => {
  expect(allPassed([run('v1.33.13'), run('v1.37.2')])).toBe(true);
});

test.each<[string, VersionRun[]]>([
  ['a test failed on one version', [run('v1.33.13', { failed: 1 }), run('v1.37.2')]],
  ['one version was not built', [run('v1.33.13'), notBuilt('v1.37.2')]],
  ['there was no version', []],
])('They are not when %s', (_, runs) => {
  expect(allPassed(runs)).toBe(false);
});

test('The table has a line for each version, with what is wrong with it', () => {
  const runs = [run('v1.33.13', { failed: 1, problem: 'exit status 1' }), run('v1.35.4'), notBuilt('v1.37.2')];
  expect(table(runs).split('\n')).toEqual([
    'version      passed   failed  skipped',
    'v1.33.13        400        1        2  exit status 1',
    'v1.35.4         400        0        2',
    'v1.37.2           0        1        0  not built',
  ]);
});
