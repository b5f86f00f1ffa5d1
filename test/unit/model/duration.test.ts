import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDuration } from '../../../src/model/duration.ts';

describe('a duration that is read', () => {
  test.each([
    ['0', 0],
    ['0s', 0],
    ['0h0m0s', 0],
    ['30s', 30_000],
    ['10m', 600_000],
    ['36h', 129_600_000],
    ['1h30m', 5_400_000],
    ['1h30m0s', 5_400_000],
    ['30m1h', 5_400_000],
    ['500ms', 500],
    ['1.5s', 1_500],
    ['0.25h', 900_000],
    ['1.1s', 1_100],
    ['0.4ms', 0],
    ['87600h', 315_360_000_000],
  ])('%j', (text, ms) => {
    expect(readDuration(text)).toBe(ms);
  });
});

describe('what is no duration', () => {
  test.each([
    '',
    '1',
    '10',
    '-1h',
    '+1h',
    '1d',
    '7d',
    '1w',
    '1H',
    '1 h',
    ' 1h',
    '1h ',
    '1h\n',
    'h',
    '.5h',
    '1.h',
    '1h30',
    '1us',
    '1e3s',
    '0x1h',
    '١h',
    'P1D',
  ])('%j', (text) => {
    expect(readDuration(text)).toEqual({
      problem: 'use hours, minutes and seconds, such as "36h" or "1h30m"; a week is "168h"',
    });
  });
});

test.each(['87601h', '87600h1s', `${'9'.repeat(400)}h`])('more than ten years are refused: %.20s', (text) => {
  expect(readDuration(text)).toEqual({ problem: 'use at most ten years, "87600h"' });
});

test('whatever Go writes is read as what it means', () => {
  fc.assert(
    fc.property(fc.nat(80_000), fc.nat(59), fc.nat(59), (hours, minutes, seconds) => {
      expect(readDuration(`${hours}h${minutes}m${seconds}s`)).toBe(((hours * 60 + minutes) * 60 + seconds) * 1_000);
    }),
  );
});

test('any text is answered with whole milliseconds of at most ten years, or with a problem', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9hms.]{0,40}$/)), (text) => {
      const answer = readDuration(text);
      if (typeof answer === 'number') {
        expect(Number.isSafeInteger(answer) && answer >= 0 && answer <= 315_360_000_000).toBe(true);
      } else {
        expect(answer.problem).toMatch(/^use /);
      }
    }),
  );
});
