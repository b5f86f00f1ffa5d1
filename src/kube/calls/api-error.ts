import { ApiError, type ApiErrorReason } from './kube-api.ts';

/** The fields of a `Status` object that are read. A server that is not an API server may send anything. */
interface Status {
  kind?: unknown;
  code?: unknown;
  reason?: unknown;
  message?: unknown;
  details?: { retryAfterSeconds?: unknown } | null;
}

/** A longer delay means that one of the clocks is wrong. */
const longestRetryAfterMs = 600_000;
const longestTextInMessage = 200;

/** The error for an answer other than success. A server error leaves open whether the call took effect. */
export function apiErrorFromAnswer(
  deed: string,
  answer: { statusCode: number; headers: Record<string, string | string[] | undefined> },
  body: string,
): ApiError {
  const status = parseStatus(body);
  const problem =
    status === undefined ? httpProblem(answer.statusCode, body) : statusProblem(status, answer.statusCode);
  return new ApiError(reasonOf(answer.statusCode, status), `cannot ${deed}: ${problem}`, {
    status: answer.statusCode,
    retryAfterMs: retryAfterMs(answer.headers['retry-after'], Date.now()) ?? retryAfterOfStatus(status),
  });
}

/** The error for the `Status` that ends a watch. */
export function apiErrorFromStatus(deed: string, object: unknown): ApiError {
  const status = typeof object === 'object' && object !== null ? (object as Status) : {};
  const code = typeof status.code === 'number' ? status.code : 500;
  return new ApiError(reasonOf(code, status), `cannot ${deed}: ${statusProblem(status, code)}`, {
    status: code,
    retryAfterMs: retryAfterOfStatus(status),
  });
}

/** The error for a call without a complete answer. The caller has to read the object before it tries again. */
export function apiErrorFromFailure(deed: string, cause: unknown): ApiError {
  return new ApiError('Unknown', `cannot ${deed}: ${failureProblem(cause)}`, { cause });
}

/** The header Retry-After, in seconds or as an HTTP date, as milliseconds from now. Undefined when it is neither. */
export function retryAfterMs(header: string | string[] | undefined, nowMs: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), longestRetryAfterMs);
}

function retryAfterOfStatus(status: Status | undefined): number | undefined {
  const seconds = status?.details?.retryAfterSeconds;
  return typeof seconds === 'number' && seconds > 0 ? Math.min(seconds * 1_000, longestRetryAfterMs) : undefined;
}

const reasonByCode: Record<number, ApiErrorReason> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  408: 'Unknown',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
};

function reasonOf(code: number, status: Status | undefined): ApiErrorReason {
  if (code === 409 && status?.reason === 'AlreadyExists') return 'AlreadyExists';
  return reasonByCode[code] ?? (code >= 500 ? 'Unknown' : 'Refused');
}

function parseStatus(body: string): Status | undefined {
  if (!body.startsWith('{')) return undefined;
  try {
    const parsed: Status = JSON.parse(body);
    return parsed.kind === 'Status' ? parsed : undefined;
  } catch {
    // Truncated, or not from an API server: the HTTP status has to do.
    return undefined;
  }
}

function statusProblem({ message, reason }: Status, code: number): string {
  if (typeof message === 'string' && message !== '') return `${message} (HTTP ${code})`;
  return typeof reason === 'string' && reason !== '' ? `${reason} (HTTP ${code})` : `HTTP ${code}`;
}

/** The HTTP status and the beginning of a text such as "upstream connect error", which proxies send instead of a `Status`. */
function httpProblem(code: number, body: string): string {
  const text = body.slice(0, longestTextInMessage).replaceAll(/\s+/g, ' ').trim();
  return text === '' ? `HTTP ${code}` : `HTTP ${code}: ${text}`;
}

function failureProblem(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // Node's error for a connection that failed on several addresses has a code but no message.
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  return cause.message === '' ? code : cause.message;
}
