import { expect, test } from 'vitest';
import { readOptions } from '../../../bench/options.ts';

test('the command of a peer is taken as it stands', () => {
  expect(readOptions(['single', '--peer', './peer --on "$NODE_NAME"'])).toEqual({
    name: 'single',
    scenarios: ['single'],
    repetitions: 3,
    gate: true,
    peer: './peer --on "$NODE_NAME"',
  });
});

test('without a peer there is none', () => {
  expect(readOptions([])).toMatchObject({ name: 'all', peer: undefined });
});

test.each([
  [['--peer'], /--peer/],
  [['--peer', ''], /--peer: name a command/],
  [['--repetitions', '0'], /whole number from 1/],
  [['nonsense'], /no such scenario: nonsense/],
])('%j is refused, with the usage', (args, reason) => {
  expect(() => readOptions(args)).toThrow(reason);
  expect(() => readOptions(args)).toThrow(/Usage: npm run bench/);
});
