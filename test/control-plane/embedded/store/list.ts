import { forbiddenField } from '../objects/field-error.ts';
import { parseJson } from '../objects/json.ts';
import { type KubeObject, keyOf } from '../objects/object.ts';
import { apiVersionOf, type Resource } from '../objects/resources.ts';
import { badRequest, expired, refuseInvalid, tooLargeResourceVersion } from '../status-error.ts';
import { parseSelection } from './selectors.ts';
import type { Store } from './store.ts';
import type { Representation, Version } from './version.ts';

export interface ListRequest {
  resource: Resource;
  namespace: string | undefined;
  query: URLSearchParams;
}

interface Page {
  versions: Version[];
  revision: number;
  /** The key from which the next page begins. */
  next: string | undefined;
  /** How many follow; unknown when a selector would have to look at them. */
  remaining: number | undefined;
}

/** Answers a list with its JSON text. */
export function list(store: Store, request: ListRequest, representation: Representation): string {
  const page = pageOf(store, request);
  const { resource } = request;
  const metadata = {
    resourceVersion: String(page.revision),
    ...(page.next !== undefined && { continue: writeToken({ revision: page.revision, start: page.next }) }),
    ...(page.next !== undefined && page.remaining !== undefined && { remainingItemCount: page.remaining }),
  };
  const [kind, apiVersion] =
    representation === 'whole'
      ? [`${resource.kind}List`, apiVersionOf(resource)]
      : ['PartialObjectMetadataList', 'meta.k8s.io/v1'];
  const head = JSON.stringify({ kind, apiVersion, metadata }).slice(0, -1);
  return `${head},"items":[${page.versions.map((version) => version.writeItem(representation)).join(',')}]}`;
}

/** The objects that a list or a deletion of a collection is about. */
export function listObjects(store: Store, request: ListRequest): KubeObject[] {
  return pageOf(store, request).versions.map(({ object }) => object);
}

function pageOf(store: Store, { resource, namespace, query }: ListRequest): Page {
  checkListOptions(query);
  integerOption(query, 'timeoutSeconds');
  const collection = store.collection(resource);
  const selected = parseSelection(query, resource);
  const { revision, start } = startOf(store, query);
  if (revision < collection.oldestRevision) throw tooOld(query, start);
  const prefix = namespace === undefined ? '' : `${namespace}/`;
  const all = collection
    .rangeAt(prefix, revision)
    .filter(({ object }) => start === '' || keyOf(object.metadata) >= start);
  const matching = selected === undefined ? all : all.filter(({ object }) => selected(object));
  const limit = limitOf(query);
  const versions = matching.slice(0, limit);
  const last = versions.at(-1);
  // As etcd does, a read of the past ends only with the last object, selected or not: its last page may be empty.
  const candidates = revision < collection.lastRevision ? all : matching;
  const isLast = last === undefined || candidates.at(-1) === last;
  return {
    versions,
    revision,
    next: isLast ? undefined : `${keyOf(last.object.metadata)}\0`,
    remaining: selected === undefined ? matching.length - versions.length : undefined,
  };
}

function checkListOptions(query: URLSearchParams): void {
  const errors = [];
  if (query.get('resourceVersionMatch') && !query.get('resourceVersion')) {
    const detail = 'resourceVersionMatch is forbidden unless resourceVersion is provided';
    errors.push(forbiddenField('resourceVersionMatch', detail));
  }
  if (query.has('sendInitialEvents')) {
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  refuseInvalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
}

function startOf(store: Store, query: URLSearchParams): { revision: number; start: string } {
  const token = query.get('continue');
  const wanted = query.get('resourceVersion') ?? '';
  if (token) {
    if (wanted !== '') throw badRequest('specifying resource version is not allowed when using continue');
    const { revision, start } = readToken(token);
    return { revision: revision === inconsistent ? store.revision : revision, start };
  }
  checkResourceVersion(store, wanted);
  const exact = query.get('resourceVersionMatch') === 'Exact';
  return { revision: exact ? Number(wanted) : store.revision, start: '' };
}

/** Refuses to read a state that is not known yet. */
export function checkResourceVersion(store: Store, wanted: string): void {
  if (!/^[0-9]*$/.test(wanted)) {
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: "${wanted}": strconv.ParseUint: parsing "${wanted}": invalid syntax`,
    );
  }
  if (Number(wanted) > store.revision) throw tooLargeResourceVersion(Number(wanted), store.revision);
}

/** A list of any age is answered whole, whatever its limit. */
function limitOf(query: URLSearchParams): number {
  const limit = integerOption(query, 'limit');
  return limit === undefined || limit <= 0 || query.get('resourceVersion') === '0' ? Number.POSITIVE_INFINITY : limit;
}

export function integerOption(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  if (/^-?[0-9]+$/.test(value)) return Number(value);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
}

interface Token {
  revision: number;
  start: string;
}

/** In a token: go on with the list as it is now, though it began with another. */
const inconsistent = -1;

function writeToken({ revision, start }: Token): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url');
}

function readToken(token: string): Token {
  const { rv, start } = parseJson(Buffer.from(token, 'base64url').toString(), (problem) =>
    badRequest(`invalid continue token: continue key is not valid: ${problem}`),
  );
  return { revision: rv, start };
}

function tooOld(query: URLSearchParams, start: string) {
  if (!query.get('continue')) return expired('The resourceVersion for the provided list is too old.');
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
    'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
    'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
    'deleted between the time the first chunk was returned and now may show up in the list.';
  return expired(message, { continue: writeToken({ revision: inconsistent, start }) });
}
