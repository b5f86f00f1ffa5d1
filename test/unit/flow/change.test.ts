import { describe, expect, test } from 'vitest';
import { type Change, endsBackoff } from '../../../src/flow/change.ts';

const same: Change = { object: 'as it was' };
const other: Change = { object: 'changed' };

describe('a back-off', () => {
  test.each<[Change, { here: boolean; byServer: boolean }]>([
    ['perhaps', { here: false, byServer: false }],
    [same, { here: false, byServer: false }],
    ['surroundings', { here: true, byServer: false }],
    [other, { here: true, byServer: true }],
  ])('ends for the change %j if that can change the answer', (change, { here, byServer }) => {
    const object = 'as it was';
    expect(endsBackoff(change, { object, byServer: false })).toBe(here);
    expect(endsBackoff(change, { object, byServer: true })).toBe(byServer);
  });

  test('ends when an object is told of that nobody knew', () => {
    expect(endsBackoff(other, { object: undefined, byServer: true })).toBe(true);
  });
});
