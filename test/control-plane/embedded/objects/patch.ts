import { isDeepStrictEqual } from 'node:util';
import { badRequest, StatusError } from '../status-error.ts';
import { parseJson } from './json.ts';
import type { Json } from './object.ts';

export type PatchType = 'json' | 'merge' | 'strategic';

const patchTypes: Record<string, PatchType> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
};

export function patchTypeOf(contentType: string): PatchType {
  const type = patchTypes[contentType.split(';')[0]?.trim() ?? ''];
  if (type !== undefined) return type;
  throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}

/** A patch that was read, to be applied to whatever the object is at the time. The object is not changed in place. */
export function parsePatch(type: PatchType, text: string): (object: Json) => Json {
  const patch = parsePatchBody(type, text);
  switch (type) {
    case 'json':
      return (object) => applyOperations(structuredClone(object), patch);
    case 'merge':
      return (object) => merge(object, patch);
    case 'strategic':
      return (object) => mergeStrategically(object, patch);
  }
}

function parsePatchBody(type: PatchType, text: string): Json {
  const patch = parseJson(text, () => badRequest('invalid JSON patch'));
  if (type !== 'json') return patch;
  if (Array.isArray(patch)) return patch;
  throw badRequest(
    `error decoding patch: json: cannot unmarshal ${typeof patch} into Go value of type []handlers.jsonPatchOp`,
  );
}

const isObject = (value: Json) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** RFC 7396. */
function merge(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}

/** By which field the items of a list are told apart. Other lists are replaced as a whole. */
const mergeKeys: Record<string, string> = {
  conditions: 'type',
  addresses: 'type',
  containers: 'name',
  env: 'name',
  initContainers: 'name',
  ownerReferences: 'uid',
  secrets: 'name',
  volumeMounts: 'mountPath',
  volumes: 'name',
};
const mergedSets = ['finalizers'];
const deletion = '$deleteFromPrimitiveList/';

/** A strategic merge patch, for the lists named above. */
function mergeStrategically(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  const merged: Json = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries<Json>(patch)) {
    if (key.startsWith(deletion)) {
      const list = key.slice(deletion.length);
      merged[list] = (merged[list] ?? []).filter((item: Json) => !value.includes(item));
    } else if (key.startsWith('$')) {
    } else if (value === null) {
      delete merged[key];
    } else {
      merged[key] = Array.isArray(value)
        ? mergeList(key, merged[key] ?? [], value)
        : mergeStrategically(merged[key], value);
    }
  }
  return merged;
}

function mergeList(name: string, list: Json[], patch: Json[]): Json[] {
  if (mergedSets.includes(name)) return [...patch, ...list.filter((item) => !patch.includes(item))];
  const mergeKey = mergeKeys[name];
  if (mergeKey === undefined) return patch;
  const merged = new Map(list.map((item) => [item[mergeKey], item]));
  for (const item of patch) {
    if (item.$patch === 'delete') merged.delete(item[mergeKey]);
    else merged.set(item[mergeKey], mergeStrategically(merged.get(item[mergeKey]), item));
  }
  return [...merged.values()];
}

const withoutDirectives = (object: Json): Json =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !key.startsWith('$')));

const cannotBeApplied = () =>
  new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

/** RFC 6902, in place. */
function applyOperations(document: Json, operations: Json[]): Json {
  const root = { document };
  for (const operation of operations) applyOperation(root, operation);
  return root.document;
}

const operators: Record<string, (root: Json, operation: Json) => void> = {
  add: (root, { path, value }) => insert(root, path, value),
  remove: (root, { path }) => take(root, path),
  replace: (root, { path, value }) => {
    take(root, path);
    insert(root, path, value);
  },
  move: (root, { path, from }) => insert(root, path, take(root, from)),
  copy: (root, { path, from }) => insert(root, path, structuredClone(read(root, from))),
  test: (root, { path, value }) => {
    if (!isDeepStrictEqual(find(root, path), value)) throw cannotBeApplied();
  },
};

function applyOperation(root: Json, operation: Json): void {
  const apply = operators[operation.op];
  if (apply === undefined) throw cannotBeApplied();
  apply(root, operation);
}

/** The object or list that holds the last step of a JSON pointer, and that step. */
function locate(root: Json, pointer: string): { parent: Json; step: string } {
  const steps = ['document', ...pointer.split('/').slice(1).map(unescapeStep)];
  const step = steps.pop() ?? '';
  const parent = steps.reduce((inner, each) => inner?.[each], root);
  if (parent === null || typeof parent !== 'object') throw cannotBeApplied();
  return { parent, step };
}

const unescapeStep = (step: string) => step.replaceAll('~1', '/').replaceAll('~0', '~');

function find(root: Json, pointer: string): Json {
  const { parent, step } = locate(root, pointer);
  return parent[step];
}

function read(root: Json, pointer: string): Json {
  const value = find(root, pointer);
  if (value === undefined) throw cannotBeApplied();
  return value;
}

function take(root: Json, pointer: string): Json {
  const value = read(root, pointer);
  const { parent, step } = locate(root, pointer);
  if (Array.isArray(parent)) parent.splice(Number(step), 1);
  else delete parent[step];
  return value;
}

function insert(root: Json, pointer: string, value: Json): void {
  const { parent, step } = locate(root, pointer);
  if (!Array.isArray(parent)) parent[step] = value;
  else if (step === '-') parent.push(value);
  else if (Number(step) <= parent.length) parent.splice(Number(step), 0, value);
  else throw cannotBeApplied();
}
