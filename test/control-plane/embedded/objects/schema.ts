/**
 * What fields an object may have, in the order in which the API writes them. Decoding keeps those fields alone, drops
 * empty ones as Go's `omitempty` does, and writes quantities canonically.
 */

import { badRequest } from '../status-error.ts';
import type { Json } from './object.ts';
import { canonicalQuantity } from './quantity.ts';

export interface Decoding {
  /** Paths of fields that the shape does not know. */
  unknown: string[];
}

/** Turns what was sent into what is stored; undefined leaves the field out. */
export type Shape = (value: Json, path: string, decoding: Decoding) => Json;

const kindOf = (value: Json) => (Array.isArray(value) ? 'array' : typeof value);

function expect(kind: string, goType: string, value: Json, path: string): void {
  if (kindOf(value) === kind) return;
  throw badRequest(`json: cannot unmarshal ${kindOf(value)} into Go struct field ${path} of type ${goType}`);
}

const scalar =
  (kind: string, goType: string, isEmpty: (value: Json) => boolean): Shape =>
  (value, path) => {
    if (value === null || value === undefined) return undefined;
    expect(kind, goType, value, path);
    return isEmpty(value) ? undefined : value;
  };

const never = () => false;

export const text = scalar('string', 'string', (value) => value === '');
/** A pointer in Go: the empty string is something else than none. */
export const optionalText = scalar('string', 'string', never);
export const integer = scalar('number', 'int64', (value) => value === 0);
export const optionalInteger = scalar('number', 'int64', never);
export const optionalFlag = scalar('boolean', 'bool', never);

/** Not looked into. */
export const anything: Shape = (value) => value ?? undefined;

export const quantity: Shape = (value, path) => {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'string' && typeof value !== 'number') expect('string', 'resource.Quantity', value, path);
  const canonical = canonicalQuantity(String(value));
  if (canonical !== undefined) return canonical;
  throw badRequest("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
};

export const list =
  (shape: Shape): Shape =>
  (value, path, decoding) => {
    if (value === null || value === undefined) return undefined;
    expect('array', '[]', value, path);
    const items = value.map((item: Json, index: number) => shape(item, `${path}[${index}]`, decoding) ?? '');
    return items.length === 0 ? undefined : items;
  };

export const map =
  (shape: Shape): Shape =>
  (value, path, decoding) => {
    if (value === null || value === undefined) return undefined;
    expect('object', 'map', value, path);
    const entries = Object.entries(value).map(([key, each]) => [key, shape(each, `${path}.${key}`, decoding) ?? '']);
    return entries.length === 0 ? undefined : Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  };

/** A pointer to a structure: absent when it was not sent, kept when it was, even when empty. */
export const struct =
  (fields: Record<string, Shape>): Shape =>
  (value, path, decoding) => {
    if (value === null || value === undefined) return undefined;
    expect('object', 'struct', value, path);
    const kept: Json = {};
    for (const [name, shape] of Object.entries(fields)) {
      const field = shape(value[name], path === '' ? name : `${path}.${name}`, decoding);
      if (field !== undefined) kept[name] = field;
    }
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(fields, name)) decoding.unknown.push(path === '' ? name : `${path}.${name}`);
    }
    return kept;
  };

/** A field that is always written, with `fallback` when it is empty. */
export const always =
  (shape: Shape, fallback: Json): Shape =>
  (value, path, decoding) =>
    shape(value, path, decoding) ?? fallback;

export const texts = list(text);
export const textMap = map(optionalText);
export const quantities = map(quantity);

const notWritten: Shape = () => undefined;

/** `managedFields` and `selfLink` are accepted and forgotten. */
export const objectMeta = struct({
  name: text,
  generateName: text,
  namespace: text,
  selfLink: notWritten,
  uid: text,
  resourceVersion: text,
  generation: integer,
  creationTimestamp: text,
  deletionTimestamp: text,
  deletionGracePeriodSeconds: optionalInteger,
  labels: textMap,
  annotations: textMap,
  ownerReferences: list(
    struct({
      apiVersion: always(text, ''),
      kind: always(text, ''),
      name: always(text, ''),
      uid: always(text, ''),
      controller: optionalFlag,
      blockOwnerDeletion: optionalFlag,
    }),
  ),
  finalizers: texts,
  managedFields: notWritten,
});

export const objectReference = struct({
  kind: text,
  namespace: text,
  name: text,
  uid: text,
  apiVersion: text,
  resourceVersion: text,
  fieldPath: text,
});

const requirements = list(struct({ key: always(text, ''), operator: always(text, ''), values: texts }));

export const labelSelector = struct({ matchLabels: textMap, matchExpressions: requirements });

const nodeSelectorTerm = struct({ matchExpressions: requirements, matchFields: requirements });

export const nodeSelector = struct({ nodeSelectorTerms: always(list(nodeSelectorTerm), null) });
