import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import { failureOf } from '../../../src/flow/failure.ts';
import { ActError } from '../../../src/flow/outcome.ts';
import { ApiError, type ApiErrorReason } from '../../../src/kube/calls/kube-api.ts';

describe('failureOf', () => {
  test.each(['Conflict', 'AlreadyExists'] as const)(
    'tells the queue of a %s, which may be tried again soon',
    (reason) => {
      expect(failureOf(new ApiError(reason, 'changed', { status: 409 }))).toMatchObject({
        error: { reason: `ApiServer${reason}` },
        server: { conflict: true },
      });
    },
  );

  test('tells the queue what the API server asks for, also when the failure has a word of its own', () => {
    const cause = new ApiError('Conflict', 'no', { retryAfterMs: 7_000 });
    expect(failureOf(new ActError('CreationConflict', 'no', { cause }))).toMatchObject({
      error: { reason: 'CreationConflict' },
      server: { retryAfterMs: 7_000, conflict: true },
    });
  });

  test.each<[ApiErrorReason, string]>([
    ['Unknown', 'ApiServerUnreachable'],
    ['NotFound', 'ApiServerNotFound'],
    ['AlreadyExists', 'ApiServerAlreadyExists'],
    ['Invalid', 'ApiServerInvalid'],
    ['Forbidden', 'ApiServerForbidden'],
    ['TooManyRequests', 'ApiServerTooManyRequests'],
  ])('tells an answer %s as %s', (apiReason, reason) => {
    const error = new ApiError(apiReason, 'cannot create volume');
    expect(failureOf(error)).toMatchObject({
      result: 'failed',
      error: { name: 'ActError', reason, message: 'cannot create volume', cause: error },
    });
  });

  test('hands on how long the API server asks us to wait', () => {
    const error = new ApiError('TooManyRequests', 'slow down', { retryAfterMs: 3_000 });
    expect(failureOf(error)).toHaveProperty('server.retryAfterMs', 3_000);
  });

  test('tells a failure of the disk in its own words', () => {
    const error = new StorageError('ReadOnly', 'remount it');
    expect(failureOf(error)).toMatchObject({ result: 'failed', error: { reason: 'ReadOnly', message: 'remount it' } });
  });

  test('leaves a failure that is told already as it is', () => {
    const error = new ActError('CreationConflict', 'gone');
    expect(failureOf(error)).toEqual({ result: 'failed', error });
    expect(failureOf(error)).toHaveProperty('error', error);
  });

  test.each([
    ['an error', new TypeError('x is undefined'), 'x is undefined'],
    ['no error at all', 'oops', 'oops'],
  ])('calls %s a defect', (_, thrown, message) => {
    expect(failureOf(thrown)).toMatchObject({ result: 'failed', error: { reason: 'Defect', message, cause: thrown } });
  });
});
