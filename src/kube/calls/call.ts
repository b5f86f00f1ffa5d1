import type { ApiRequest, Connection } from '../connection/connection.ts';
import { type ApiAnswer, type Limits, remaining } from '../connection/exchange.ts';
import { apiErrorFromAnswer, apiErrorFromFailure } from './api-error.ts';

/** A request with an object and an answer with an object, within a time limit. */
export interface ApiCall extends Omit<ApiRequest, 'body'>, Limits {
  /** The action in error messages: `create volume pvc-1`. */
  deed: string;
  body?: object;
  /** Skips parsing the created object: 201 with JSON proves success, because only an API server answers so. */
  createdIsEnough?: boolean;
}

/**
 * Makes a call. A read whose connection broke is repeated once, immediately, because the server may have closed an idle
 * connection at that moment. Nothing else is repeated here.
 * @returns the object in the answer, and its length, counted in characters, which are mostly one byte each
 * @throws {ApiError}
 */
export async function callApi(connection: Connection, call: ApiCall): Promise<{ object: unknown; bytes: number }> {
  const left = remaining(call);
  const request = { ...call, body: call.body && JSON.stringify(call.body) };
  const send = () => connection.call(request, left());
  const sendAgain = (error: unknown) => (isLostConnection(error) ? send() : Promise.reject(error));
  let answer: ApiAnswer;
  try {
    answer = await (call.method === 'GET' ? send().catch(sendAgain) : send());
  } catch (error) {
    if (call.signal?.aborted) throw error;
    throw apiErrorFromFailure(call.deed, error);
  }
  const object = call.createdIsEnough && isCreated(answer) ? undefined : objectIn(connection, answer, call);
  return { object, bytes: answer.body.length };
}

function objectIn(connection: Connection, { statusCode, headers, body }: ApiAnswer, { deed }: ApiCall): unknown {
  if (statusCode >= 300) throw apiErrorFromAnswer(deed, { statusCode, headers }, connection.redact(body));
  try {
    return JSON.parse(body);
  } catch {
    // Without the cause, because it quotes the body.
    throw apiErrorFromFailure(deed, new Error(`HTTP ${statusCode} with a body that is not JSON`));
  }
}

function isCreated({ statusCode, headers }: ApiAnswer): boolean {
  return statusCode === 201 && String(headers['content-type']).startsWith('application/json');
}

function isLostConnection(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET';
}
