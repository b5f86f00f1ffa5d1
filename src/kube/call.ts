import { apiErrorFromAnswer, apiErrorFromFailure } from './api-error.ts';
import type { ApiRequest, Connection } from './connection.ts';

/** One call: JSON there and back, within a time limit. */
export interface ApiCall extends Pick<ApiRequest, 'method' | 'path' | 'accept' | 'contentType'> {
  /** In words, for the message of an error: `create volume pvc-1`. */
  deed: string;
  body?: object;
  /** Nobody reads the object that was created: 201 with JSON, which only an API server answers, says enough. */
  createdIsEnough?: boolean;
  timeoutMs: number;
  /** Ends the call early; it then fails with the signal's reason. */
  signal?: AbortSignal;
}

interface Answer {
  statusCode: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/**
 * Makes a call and returns the object in the answer.
 * A read whose connection broke is made once more at once: the server may have closed an idle connection in that moment.
 * Nothing else is repeated here, least of all what the server said it has no time for.
 * @throws {ApiError}
 */
export async function callApi(connection: Connection, call: ApiCall): Promise<unknown> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error(`no answer within ${call.timeoutMs} ms`)), call.timeoutMs);
  const signal = call.signal === undefined ? limit.signal : AbortSignal.any([limit.signal, call.signal]);
  try {
    return objectIn(connection, await exchange(connection, call, signal), call);
  } finally {
    clearTimeout(timer);
  }
}

async function exchange(connection: Connection, call: ApiCall, signal: AbortSignal): Promise<Answer> {
  const { method, path, accept, contentType } = call;
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const send = async () => {
    const answer = await connection.send({ method, path, accept, contentType, body, signal });
    const { statusCode, headers } = answer;
    if (call.createdIsEnough && isCreated(answer)) {
      await answer.body.dump();
      return { statusCode, headers, body: 'null' };
    }
    return { statusCode, headers, body: await answer.body.text() };
  };
  const sendAgain = (error: unknown) => (isLostConnection(error) ? send() : Promise.reject(error));
  try {
    return await (method === 'GET' ? send().catch(sendAgain) : send());
  } catch (error) {
    if (call.signal?.aborted) throw error;
    throw apiErrorFromFailure(call.deed, error);
  }
}

function objectIn(connection: Connection, { statusCode, headers, body }: Answer, { deed }: ApiCall): unknown {
  if (statusCode >= 300) throw apiErrorFromAnswer(deed, { statusCode, headers }, connection.redact(body));
  try {
    return JSON.parse(body);
  } catch {
    // Without the cause, which quotes the body.
    throw apiErrorFromFailure(deed, new Error(`HTTP ${statusCode} with a body that is not JSON`));
  }
}

function isCreated({ statusCode, headers }: Pick<Answer, 'statusCode' | 'headers'>): boolean {
  return statusCode === 201 && String(headers['content-type']).startsWith('application/json');
}

function isLostConnection(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET';
}
