import { describe, expect, test } from 'vitest';
import { type Change, endsBackoff } from '../../../src/flow/change.ts';

const same: Change = { of: 'claim', words: 'as it was' };
const other: Change = { of: 'claim', words: 'changed' };
const ofAnotherObject: Change = { of: 'volume', words: 'as it was' };

describe('a back-off', () => {
  test.each<[Change, { here: boolean; byServer: boolean }]>([
    ['perhaps', { here: false, byServer: false }],
    [same, { here: false, byServer: false }],
    ['surroundings', { here: true, byServer: false }],
    [other, { here: true, byServer: true }],
    [ofAnotherObject, { here: true, byServer: true }],
  ])('ends for the change %j if that can change the answer', (change, { here, byServer }) => {
    const known = { claim: 'as it was' };
    expect(endsBackoff(change, { known, byServer: false })).toBe(here);
    expect(endsBackoff(change, { known, byServer: true })).toBe(byServer);
  });

  test('ends when an object is told of that nobody knew', () => {
    expect(endsBackoff(same, { known: {}, byServer: true })).toBe(true);
  });
});
