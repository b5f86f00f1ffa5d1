import type { Dispatcher } from 'undici';

export interface ApiAnswer {
  statusCode: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface Limits {
  /** From waiting for a connection to the end of the answer, in milliseconds; a whole number. */
  timeoutMs: number;
  /** The whole time of which `timeoutMs` is left, for messages. Default: `timeoutMs`. */
  wholeMs?: number;
  /** Aborts the exchange, which then fails with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** A longer body makes the exchange fail with an `AnswerTooLongError`. Default 32 MiB. */
  longestBytes?: number | undefined;
}

/** API servers store objects of up to 1.5 MiB by default. */
const longestBytesByDefault = 32 * 1024 ** 2;

/** The body of an answer is longer than the memory that it may take. */
export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError';
}

/** Limits for several exchanges that share the time. */
export function remaining({ timeoutMs, ...others }: Limits): () => Limits {
  const until = performance.now() + timeoutMs;
  return () => ({ wholeMs: timeoutMs, ...others, timeoutMs: Math.max(Math.ceil(until - performance.now()), 0) });
}

/** Sends a request and collects its answer. The stream and the signal of undici's `request` would double the cost. */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  { timeoutMs, wholeMs = timeoutMs, signal, longestBytes = longestBytesByDefault }: Limits,
): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let gaveUp: Error | undefined;
    let answer: Omit<ApiAnswer, 'body'> = { statusCode: 0, headers: {} };
    const chunks: Buffer[] = [];
    let bytes = 0;

    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const giveUp = (reason: Error) => {
      gaveUp = reason;
      controller?.abort(reason);
      finish();
      reject(reason);
    };
    const onAbort = () => giveUp(signal?.reason);
    const timer = setTimeout(() => giveUp(new Error(`no answer within ${wholeMs} ms`)), timeoutMs);
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });

    dispatcher.dispatch(request, {
      onRequestStart(started) {
        controller = started;
        if (gaveUp !== undefined) started.abort(gaveUp); // while it waited for a connection
      },
      onResponseStart(_, statusCode, headers) {
        answer = { statusCode, headers };
      },
      onResponseData(_, chunk) {
        bytes += chunk.length;
        if (bytes > longestBytes) giveUp(new AnswerTooLongError(`the answer is longer than ${longestBytes} bytes`));
        else chunks.push(chunk);
      },
      onResponseEnd() {
        finish();
        resolve({ ...answer, body: Buffer.concat(chunks).toString() });
      },
      onResponseError(_, error) {
        finish();
        reject(error);
      },
    });
  });
}
