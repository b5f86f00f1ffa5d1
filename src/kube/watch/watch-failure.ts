import { ApiError } from '../calls/kube-api.ts';
import { retryDelayMs } from '../connection/retry-delay.ts';
import { LineTooLongError } from './line-decoder.ts';
import { WatchSilentError, WatchUnreadableError } from './watch.ts';

/** The connection broke, or nothing came over it for too long. */
export function isCut(error: unknown): error is Error {
  return error instanceof WatchSilentError || (error instanceof ApiError && error.status === undefined);
}

/** The delay that the server asked for, in milliseconds, and a random one on top that keeps daemons apart. */
export function delayAfterMs(failures: number, error: unknown): number {
  const askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return askedMs + retryDelayMs(failures);
}

/** The version or the page token is too old. */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.reason === 'Gone';
}

/** The version is too old, or a change arrived that cannot be read. */
export function mustRelist(error: unknown): boolean {
  return isGone(error) || error instanceof WatchUnreadableError || error instanceof LineTooLongError;
}

/** Whether the server may have refused the requested version, and not us, the load or the network. */
export function mayRefuseVersion(error: unknown): boolean {
  if (!(error instanceof ApiError) || error.status === undefined) return false;
  return error.reason === 'Unknown' || error.reason === 'Refused' || error.reason === 'Invalid';
}
