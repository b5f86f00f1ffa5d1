import { parseRequest } from '../../control-plane/embedded/http/request-info.ts';
import type { Json } from '../../support/api.ts';
import type { Counter } from './counter.ts';

export type RequestKind = 'read' | 'list' | 'watch' | 'write';

/** One request of the daemon, as it arrives. */
export interface ProxiedRequest {
  /** Counts all requests through this proxy, from 1. */
  id: number;
  method: string;
  /** Path with query. */
  path: string;
  kind: RequestKind;
  /** Plural resource, such as `persistentvolumes`; '' when it is none. */
  resource: string;
  /** Name of the object, if the path, a field selector or, for a POST, the body names one. */
  name: string | undefined;
  /** Such as `POST persistentvolumes`, `WATCH persistentvolumeclaims` or `GET /healthz`. */
  label: string;
  /** 1 for the first request of this label, and so on. */
  nth: number;
  /** Parsed; as text when it is not JSON; undefined when there is none. */
  body: Json | undefined;
}

/** What a request is about, read from what it says alone. */
export function describeRequest(
  { id, method, path, bytes }: { id: number; method: string; path: string; bytes: Buffer },
  labels: Counter,
): ProxiedRequest {
  const { verb, target, path: address } = parseRequest(method, path);
  const body = readJson(bytes);
  const subject = target === undefined ? address : [target.plural, target.subresource].filter(Boolean).join('/');
  const isCollection = verb === 'list' || verb === 'watch';
  const label = `${isCollection ? verb.toUpperCase() : method} ${subject}`;
  return {
    id,
    method,
    path,
    kind: isCollection ? verb : method === 'GET' || method === 'HEAD' ? 'read' : 'write',
    resource: target?.plural ?? '',
    name: target?.name || (method === 'POST' ? body?.metadata?.name : undefined),
    label,
    nth: labels.next(label),
    body,
  };
}

/** A body as JSON, or as the text that it is; undefined when it is empty. */
export function readJson(bytes: Buffer): Json | undefined {
  if (bytes.length === 0) return undefined;
  const text = bytes.toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
