import type { Json } from '../../support/api.ts';
import type { ProxiedRequest } from './proxied-request.ts';

/** Status and body of an answer. Bodies of lists and watches are not kept: undefined. What is not JSON is text. */
export interface AnswerFacts {
  status: number;
  body: Json | undefined;
}

/**
 * What is done to one request. "Reset" is a TCP reset: the daemon sees ECONNRESET.
 * No fault has a member `then`: with one it would be a promise to whoever awaits it.
 */
export type RequestFault =
  | { do: 'pass' }
  /** Not delivered: the connection is reset. */
  | { do: 'drop' }
  /** Delivered and committed, the answer is lost: the connection is reset. */
  | { do: 'loseAnswer' }
  /** Delivered; `run` is called before the answer would be sent (to kill the daemon there); it is sent if the connection still lives. */
  | { do: 'deliverThen'; run: (answer: AnswerFacts) => Promise<void> }
  /** Not delivered; `run` is called, then the connection is reset. */
  | { do: 'insteadRun'; run: () => Promise<void> }
  /** Not delivered; answered by the proxy. `body` as text or as JSON. */
  | { do: 'answer'; status: number; headers?: Record<string, string>; body: string | Json }
  /** Delivered after that time, also when the daemon has given up meanwhile, as by a slow network. */
  | { do: 'delay'; ms: number }
  /** Delivered at once, answered after that time. */
  | { do: 'slowAnswer'; ms: number }
  /** Never delivered, never answered; the connection stays open until `releaseHanging` or `stop`. */
  | { do: 'hang' };

/**
 * What is done to one event of a watch. While an event is kept back (`hold`, `skipUntilNext`, `reorder`), bookmarks are
 * swallowed: they would tell the daemon that it has seen it.
 */
export type WatchFault =
  | { do: 'pass' }
  /** The line is cut in the middle and the connection reset. */
  | { do: 'cutWithinLine' }
  /** From now on nothing is sent on this watch, which stays open; half-open TCP looks the same to the daemon. */
  | { do: 'stall' }
  /** The event is replaced by an ERROR event with code 410, which ends the watch. */
  | { do: 'expire' }
  /** The event is swallowed, and a BOOKMARK with its resourceVersion sent in its place. */
  | { do: 'bookmarkOnly' }
  /** This and the later events of the watch are held until the hook answers `release` for one; then all go out in order. */
  | { do: 'hold' }
  /** Sends what is held, then this event. */
  | { do: 'release' }
  /** This event is never sent; the next one about the same object (by UID) is. */
  | { do: 'skipUntilNext' }
  /** Two events change places: this one goes out after the next. */
  | { do: 'reorder' };

export interface WatchEvent {
  /** The watch. */
  request: ProxiedRequest;
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: Json;
  /** Of this resource, over all watches, from 1. Bookmarks and errors are not counted: when they come is a matter of time. */
  nth: number;
}

/** Where harm is done. A hook that throws is a defect of the test and ends the process. */
export interface FaultHooks {
  /** Without it, all requests pass. */
  onRequest?: (request: ProxiedRequest) => RequestFault | Promise<RequestFault>;
  /** Without it, all events pass, but for those that an open watch already holds. Not asked on a watch that is stalled. */
  onWatchEvent?: (event: WatchEvent) => WatchFault;
  /** Called after each request with what the daemon was told; for a watch, when it begins. */
  onAnswered?: (request: ProxiedRequest, answer: AnswerFacts | 'dropped') => void;
}
