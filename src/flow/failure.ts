import { StorageError } from '../disk/port.ts';
import { ApiError } from '../kube/calls/kube-api.ts';
import { ActError, type Failure } from './outcome.ts';

/** The outcome for whatever a stage threw: a failure is an outcome, never an error that escapes. */
export function failureOf(error: unknown): Failure {
  const failure = actErrorOf(error);
  const { cause } = failure;
  if (!(cause instanceof ApiError)) return { result: 'failed', error: failure };
  const server = {
    retryAfterMs: cause.retryAfterMs,
    conflict: cause.reason === 'Conflict' || cause.reason === 'AlreadyExists',
  };
  return { result: 'failed', error: failure, server };
}

function actErrorOf(error: unknown): ActError {
  if (error instanceof ActError) return error;
  if (error instanceof StorageError) return new ActError(error.reason, error.message, { cause: error });
  if (error instanceof ApiError) {
    const reason = error.reason === 'Unknown' ? 'ApiServerUnreachable' : `ApiServer${error.reason}`;
    return new ActError(reason, error.message, { cause: error });
  }
  return new ActError('Defect', error instanceof Error ? error.message : String(error), { cause: error });
}
