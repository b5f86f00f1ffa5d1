import type { RequestFault } from './faults.ts';

type Answer = Extract<RequestFault, { do: 'answer' }>;

/** Answers that an API server, or what stands before it, gives when something is wrong. They are not delivered. */
export const answers = {
  unauthorized: (): Answer => failure(401, 'Unauthorized', 'Unauthorized'),

  forbidden: (): Answer => failure(403, 'Forbidden', 'forbidden: the daemon is not allowed to do this'),

  /** Somebody else has changed the object meanwhile. */
  conflict: (): Answer => failure(409, 'Conflict', 'Operation cannot be fulfilled: the object has been modified'),

  invalid: (): Answer => failure(422, 'Invalid', 'the object is invalid: spec: Invalid value: refused by the test'),

  tooManyRequests: (retryAfterSeconds: number): Answer =>
    failure(429, 'TooManyRequests', 'Too many requests, please try again later.', retryAfterSeconds),

  internalError: (): Answer => failure(500, 'InternalError', 'Internal error occurred: etcdserver: request timed out'),

  /** As a load balancer words it, with a status of its own. */
  internalErrorWithHtml: (): Answer => ({
    do: 'answer',
    status: 500,
    headers: { 'content-type': 'text/html' },
    body: '<html><body><h1>500 Internal Server Error</h1></body></html>\n',
  }),

  unavailable: (retryAfterSeconds?: number): Answer =>
    failure(503, 'ServiceUnavailable', 'the server is currently unable to handle the request', retryAfterSeconds),

  /** The API server gave up on its own storage. */
  serverTimeout: (): Answer => failure(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout'),
};

/** A Status, as API servers answer failures. */
function failure(code: number, reason: string, message: string, retryAfterSeconds?: number): Answer {
  const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } };
  return {
    do: 'answer',
    status: code,
    ...(retryAfterSeconds !== undefined && { headers: { 'retry-after': `${retryAfterSeconds}` } }),
    body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...details, code },
  };
}
