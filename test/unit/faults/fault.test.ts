import { expect, test } from 'vitest';
import { faultText, parseFault } from '../../faults/fault.ts';

test.each([
  'fs:rename#2:before',
  'erase:unlink#17:EIO',
  'api:POST persistentvolumes#1:loseAnswer',
  '2/watch:persistentvolumeclaims#3:cutWithinLine',
  '3/start:kill#120:after',
])('%s means the same when it is written, read and written again', (text) => {
  expect(faultText(parseFault(text))).toBe(text);
});

test('a fault is for the first life unless it says otherwise', () => {
  const expected = { life: 1, kind: 'fs', label: 'mkdir', nth: 4, harm: 'after' };
  expect(parseFault('fs:mkdir#4:after')).toEqual(expected);
  expect(parseFault('7/fs:mkdir#4:after')).toEqual({ ...expected, life: 7 });
});

test.each(['', 'fs:mkdir#4', 'fs:mkdir:after', 'disk:mkdir#1:after', 'fs:mkdir#1:after:more', 'x/fs:mkdir#1:after'])(
  '"%s" is no fault',
  (text) => {
    expect(() => parseFault(text)).toThrow(/is no fault: write/);
  },
);
