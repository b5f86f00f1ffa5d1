import { expect, test } from 'vitest';
import { newest } from '../../../../src/plugin/doctor/versions.ts';

test.each([
  [['0.9.0', '0.10.0'], '0.10.0'],
  [['1.0.0', '1.0.0-rc.1'], '1.0.0'],
  [['1.0.0-rc.2', '1.0.0-rc.10'], '1.0.0-rc.10'],
  [['1.0.0-rc.1', '0.9.9'], '1.0.0-rc.1'],
  [[], undefined],
])('of %j, %s is the newest version', (versions, expected) => {
  expect(newest(versions)).toBe(expected);
  expect(newest(versions.toReversed())).toBe(expected);
});
