import { expect, test } from 'vitest';
import { notInstalled } from '../control-plane/real/prerequisites.ts';

test('What is not installed is named, with each package once', () => {
  const wanted = { 'no-such-program': 'no-such-package', '/no/such/path': 'no-such-package', sh: 'dash' };
  expect(notInstalled(wanted)).toEqual([
    'not installed: no-such-program, /no/such/path; run "apt-get install no-such-package"',
  ]);
});

test('Nothing is said of what is there', () => {
  expect(notInstalled({ sh: 'dash', '/bin/sh': 'dash' })).toEqual([]);
});
