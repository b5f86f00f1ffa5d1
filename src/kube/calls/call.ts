import type { ApiRequest, Connection } from '../connection/connection.ts';
import { type ApiAnswer, type Limits, remaining } from '../connection/exchange.ts';
import { apiErrorFromAnswer, apiErrorFromFailure } from './api-error.ts';

/** One call: an object there and back, within a time limit. */
export interface ApiCall extends Omit<ApiRequest, 'body'>, Limits {
  /** In words, for the message of an error: `create volume pvc-1`. */
  deed: string;
  body?: object;
  /** Nobody reads the object that was created: 201 with JSON, which only an API server answers, says enough. */
  createdIsEnough?: boolean;
}

/**
 * Makes a call and returns the object in the answer.
 * A read whose connection broke is made once more at once: the server may have closed an idle connection in that moment.
 * Nothing else is repeated here, least of all what the server said it has no time for.
 * @throws {ApiError}
 */
export async function callApi(connection: Connection, call: ApiCall): Promise<unknown> {
  return (await callAndMeasure(connection, call)).object;
}

/** The same, with the length of the answer: its characters, of which nearly all are one byte. */
export async function callAndMeasure(
  connection: Connection,
  call: ApiCall,
): Promise<{ object: unknown; bytes: number }> {
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
    // Without the cause, which quotes the body.
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
