import { describe, expect, test } from 'vitest';
import {
  apiErrorFromAnswer,
  apiErrorFromFailure,
  apiErrorFromStatus,
  retryAfterMs,
} from '../../../../src/kube/calls/api-error.ts';

const now = Date.parse('2026-11-22T12:00:00Z');

describe('Retry-After', () => {
  test.each([
    ['seconds', '7', 7_000],
    ['no wait', '0', 0],
    ['a date', 'Sun, 22 Nov 2026 12:00:30 GMT', 30_000],
    ['a date that has passed', 'Sun, 22 Nov 2026 11:00:00 GMT', 0],
    ['more than is believable', '86400', 600_000],
    ['a date of a wrong clock', 'Sun, 22 Nov 2036 12:00:00 GMT', 600_000],
    ['nonsense', 'soon', undefined],
    ['nothing', undefined, undefined],
  ])('is understood as %s', (_, header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });

  test('may stand in the Status alone', () => {
    const body = JSON.stringify({ kind: 'Status', details: { retryAfterSeconds: 2 } });
    expect(apiErrorFromAnswer('do it', { statusCode: 429, headers: {} }, body).retryAfterMs).toBe(2_000);
  });
});

describe('messages', () => {
  test('carry only the beginning of a long text', () => {
    const { message } = apiErrorFromAnswer('do it', { statusCode: 502, headers: {} }, 'x'.repeat(100_000));
    expect(message.length).toBeLessThan(300);
  });

  test('name the code of a failure that has no text', () => {
    const failure = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    expect(apiErrorFromFailure('do it', failure).message).toBe('cannot do it: ECONNREFUSED');
  });

  test.each([undefined, null, 'text', {}, { code: 'x', message: 7 }])('survive a Status that is %j', (object) => {
    expect(apiErrorFromStatus('watch', object)).toMatchObject({ reason: 'Unknown', status: 500 });
  });
});
