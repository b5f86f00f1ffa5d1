import type { StatusError } from '../status-error.ts';
import type { Json } from './object.ts';

/** Reads JSON that a client sent; `refuse` is given what is wrong with it. */
export function parseJson(text: string, refuse: (problem: string) => StatusError): Json {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const problem = text === '' ? 'unexpected end of JSON input' : (cause as Error).message;
    throw Object.assign(refuse(problem), { cause });
  }
}
