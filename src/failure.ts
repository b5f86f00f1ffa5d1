import { ApiError } from './kube/kube-api.ts';
import { ActError, type Outcome } from './model/outcome.ts';
import { StorageError } from './storage/volume-storage.ts';

/** Somebody changed the object between our look and our deed, which is ordinary: look again after this time, in milliseconds. */
const conflictRetryMs = 100;

/** Turns whatever a stage threw into the outcome that tells it: a failure is an outcome, never an error that escapes. */
export function failureOf(error: unknown): Outcome {
  if (error instanceof ApiError && error.reason === 'Conflict') return { result: 'waiting', afterMs: conflictRetryMs };
  return { result: 'failed', error: actErrorOf(error) };
}

function actErrorOf(error: unknown): ActError {
  if (error instanceof ActError) return error;
  if (error instanceof StorageError) return new ActError(error.reason, error.message, { cause: error });
  if (error instanceof ApiError) {
    const reason = error.reason === 'Unknown' ? 'ApiServerUnreachable' : `ApiServer${error.reason}`;
    return new ActError(reason, error.message, { cause: error, retryAfterMs: error.retryAfterMs });
  }
  return new ActError('Defect', error instanceof Error ? error.message : String(error), { cause: error });
}
