import { kindOf } from '../kinds/kinds.ts';
import { badRequest, StatusError } from '../status-error.ts';
import { parseJson } from './json.ts';
import type { Json, KubeObject } from './object.ts';
import { apiVersionOf, packageOf, type Resource, resources } from './resources.ts';
import { type Decoding, objectMeta, struct } from './schema.ts';

export interface Decoded {
  object: KubeObject;
  /** Fields that were sent and are not known: they are not kept. */
  unknown: string[];
}

/** Reads the text of a request's body as an object of `resource`. */
export function decodeBody(resource: Resource, text: string): Decoded {
  return decodeObject(resource, parseObject(resource, text));
}

function parseObject(resource: Resource, text: string): Json {
  const problem = (detail: string) =>
    badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): couldn't get version/kind; json parse error: ${detail} (${text.slice(0, 50) || '<empty>'})`,
    );
  const body = parseJson(text, problem);
  if (body === null || typeof body !== 'object' || Array.isArray(body)) throw problem('the body is not an object');
  return body;
}

/** Takes an object from what a client sent, or from what a patch made of it. */
export function decodeObject(resource: Resource, body: Json): Decoded {
  checkKind(resource, body);
  const decoding: Decoding = { unknown: [] };
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...fields } = body;
  const shape = kindOf(resource).shape;
  try {
    const object = {
      metadata: objectMeta(metadata ?? {}, 'metadata', decoding),
      ...(shape === undefined ? structuredClone(fields) : struct(shape)(fields, '', decoding)),
    };
    return { object, unknown: decoding.unknown };
  } catch (cause) {
    throw cause instanceof StatusError ? cannotBeHandled(resource, cause.message) : cause;
  }
}

export function cannotBeHandled(resource: Resource, problem: string): StatusError {
  const { version, kind } = resource;
  return badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${problem}`);
}

function checkKind(resource: Resource, { kind, apiVersion }: Json): void {
  const sameKind = kind === undefined || kind === resource.kind;
  const sameVersion = apiVersion === undefined || apiVersion === apiVersionOf(resource);
  if (sameKind && sameVersion) return;
  const version = (apiVersion ?? resource.version).split('/').at(-1);
  const known = resources.find((each) => each.kind === kind && apiVersionOf(each) === apiVersion);
  const problem =
    known === undefined
      ? `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`
      : `converting (${known.version}.${kind}) to (${packageOf(resource)}.${resource.kind}): unknown conversion`;
  throw badRequest(`${kind} in version "${version}" cannot be handled as a ${resource.kind}: ${problem}`);
}
