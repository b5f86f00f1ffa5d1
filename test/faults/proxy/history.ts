import type { AnswerFacts } from './faults.ts';
import type { ProxiedRequest } from './proxied-request.ts';

/** What became of one request. It is filled in as that happens. */
export interface HistoryEntry {
  readonly request: ProxiedRequest;
  /** When it had arrived, in milliseconds since 1970 and their parts. */
  readonly atMs: number;
  /** Whether it was sent to the API server. */
  delivered: boolean;
  /** What the API server answered; undefined while it has not, or when it was not asked or failed. */
  upstream: AnswerFacts | undefined;
  /** Why the API server could not be reached or its answer not be read; nothing else is recorded then but a reset. */
  failure: string | undefined;
  /** What the daemon was told: `dropped` when nothing, and nothing will be; undefined while that is open. */
  answered: AnswerFacts | 'dropped' | undefined;
}

export const beginEntry = (request: ProxiedRequest): HistoryEntry => ({
  request,
  atMs: performance.timeOrigin + performance.now(),
  delivered: false,
  upstream: undefined,
  failure: undefined,
  answered: undefined,
});
