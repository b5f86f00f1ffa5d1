import type { Authentication } from '../access/authentication.ts';
import { cannotBeHandled, type Decoded, decodeBody, decodeObject } from '../objects/decode.ts';
import { checkDeleteOptions, type DeleteOptions } from '../objects/deletion.ts';
import { parseJson } from '../objects/json.ts';
import { type Json, keyOf } from '../objects/object.ts';
import { parsePatch, patchTypeOf } from '../objects/patch.ts';
import type { Registry } from '../objects/registry.ts';
import { apiVersionOf, findResource, type Resource, serviceAccounts } from '../objects/resources.ts';
import { badRequest, methodNotAllowed, noSuchResource, notFound } from '../status-error.ts';
import { checkResourceVersion, list, listObjects } from '../store/list.ts';
import type { Representation, Version } from '../store/version.ts';
import { isDryRun, negotiate, requireJson } from './negotiation.ts';
import type { Target } from './request-info.ts';

export interface ResourceRequest {
  verb: string;
  target: Target;
  query: URLSearchParams;
  headers: { accept?: string; contentType?: string };
  body: string;
}

export interface Answer {
  status: number;
  json: string;
  /** Texts of `Warning` headers. */
  warnings?: string[];
}

/** Answers requests for objects, other than watches. */
export class ResourceHandler {
  readonly #registry: Registry;
  readonly #authentication: Authentication;

  constructor(registry: Registry, authentication: Authentication) {
    this.#registry = registry;
    this.#authentication = authentication;
  }

  handle(request: ResourceRequest): Answer {
    const { verb, target } = request;
    const resource = findTarget(target);
    if (resource === serviceAccounts && target.subresource === 'token' && verb === 'create') {
      const { namespace = '', name } = target;
      return ok(201, JSON.stringify(this.#authentication.requestToken(namespace, name, request.body)));
    }
    checkSubresource(resource, target);
    switch (verb) {
      case 'get':
        return this.#get(resource, request);
      case 'list':
        return ok(
          200,
          list(this.#registry.store, listRequest(resource, request), negotiate(request.headers.accept, resource)),
        );
      case 'create':
        return this.#create(resource, request);
      case 'update':
        return this.#replace(resource, request);
      case 'patch':
        return this.#patch(resource, request);
      case 'delete':
        return this.#delete(resource, request);
      case 'deletecollection':
        return this.#deleteCollection(resource, request);
      default:
        throw methodNotAllowed();
    }
  }

  #get(resource: Resource, request: ResourceRequest): Answer {
    checkResourceVersion(this.#registry.store, request.query.get('resourceVersion') ?? '');
    const version = this.#registry.store.get(resource, keyFor(resource, request.target));
    if (version === undefined) throw notFound(resource, request.target.name);
    return ok(200, version.write(negotiateObject(request)));
  }

  #create(resource: Resource, request: ResourceRequest): Answer {
    if (request.target.name !== '') throw methodNotAllowed();
    const { object, warnings } = decodeSent(resource, request);
    setNamespace(resource, request, object);
    const version = this.#registry.create(resource, object, { dryRun: isDryRun(request.query, 'Create') });
    return ok(201, version.write(negotiateObject(request)), warnings);
  }

  #replace(resource: Resource, request: ResourceRequest): Answer {
    const { target, query } = request;
    if (target.name === '') throw methodNotAllowed();
    const { object, warnings } = decodeSent(resource, request);
    setNamespace(resource, request, object);
    checkName(target, object.metadata.name);
    const key = keyFor(resource, target);
    if (resource.createdByPut && target.subresource === '' && this.#registry.store.get(resource, key) === undefined) {
      const version = this.#registry.createByReplacing(resource, object, { dryRun: isDryRun(query, 'Update') });
      return ok(201, version.write(negotiateObject(request)), warnings);
    }
    const version = this.#registry.update(resource, key, () => object, {
      ...updateOptions(request, 'Update'),
      replaces: true,
    });
    return ok(200, version.write(negotiateObject(request)), warnings);
  }

  #patch(resource: Resource, request: ResourceRequest): Answer {
    const { target, headers, body } = request;
    if (target.name === '') throw methodNotAllowed();
    const patch = parsePatch(patchTypeOf(headers.contentType ?? ''), body);
    let warnings: string[] = [];
    const change = (current: Json) => {
      const patched = patch({ kind: resource.kind, apiVersion: apiVersionOf(resource), ...current });
      const decoded = decodeObject(resource, patched);
      checkName(target, decoded.object.metadata.name);
      warnings = checkUnknown(resource, request, decoded);
      return decoded.object;
    };
    const version = this.#registry.update(resource, keyFor(resource, target), change, updateOptions(request, 'Patch'));
    return ok(200, version.write(negotiateObject(request)), warnings);
  }

  #delete(resource: Resource, request: ResourceRequest): Answer {
    if (request.target.subresource !== '') throw methodNotAllowed();
    const options = readDeleteOptions(request);
    const { removed, version } = this.#registry.delete(resource, keyFor(resource, request.target), options);
    if (!removed || resource.answersDeleted) return ok(200, version.write('whole'));
    return ok(200, JSON.stringify(successStatus(resource, version)));
  }

  #deleteCollection(resource: Resource, request: ResourceRequest): Answer {
    if (!resource.deletesCollection) throw methodNotAllowed();
    const { store } = this.#registry;
    const options = readDeleteOptions(request);
    const answer = list(store, listRequest(resource, request), 'whole');
    for (const { metadata } of listObjects(store, listRequest(resource, request))) {
      this.#registry.delete(resource, keyOf(metadata), options);
    }
    return ok(200, answer);
  }
}

const ok = (status: number, json: string, warnings: string[] = []): Answer => ({ status, json, warnings });

/** The resource of a request; refuses addresses under which there is nothing. */
export function findTarget({ group, version, plural, namespace, name }: Target): Resource {
  const resource = findResource(group, version, plural);
  if (resource === undefined) throw noSuchResource();
  if (resource.namespaced && namespace === undefined && name !== '') throw noSuchResource();
  return resource;
}

function checkSubresource(resource: Resource, { subresource }: Target): void {
  if (subresource === '' || (subresource === 'status' && resource.hasStatus)) return;
  throw noSuchResource();
}

export const listRequest = (resource: Resource, { target, query }: Pick<ResourceRequest, 'target' | 'query'>) => ({
  resource,
  namespace: resource.namespaced ? target.namespace : undefined,
  query,
});

/** The address of a namespace names it as one that holds things, too. */
const keyFor = ({ namespaced }: Resource, { namespace, name }: Target): string =>
  keyOf({ name, namespace: namespaced ? namespace : undefined });

const negotiateObject = ({ headers }: ResourceRequest): Representation => negotiate(headers.accept);

const updateOptions = ({ target, query }: ResourceRequest, verb: 'Update' | 'Patch') => ({
  dryRun: isDryRun(query, verb),
  ...(target.subresource === 'status' && { subresource: 'status' as const }),
});

function decodeSent(resource: Resource, request: ResourceRequest): { object: Decoded['object']; warnings: string[] } {
  requireJson(request.headers.contentType);
  const decoded = decodeBody(resource, request.body);
  return { object: decoded.object, warnings: checkUnknown(resource, request, decoded) };
}

/** What becomes of unknown fields: a warning unless the request wants them refused, or ignored. */
function checkUnknown(resource: Resource, { query }: ResourceRequest, { unknown }: Decoded): string[] {
  const problems = unknown.map((path) => `unknown field "${path}"`);
  const mode = query.get('fieldValidation') ?? 'Warn';
  if (mode === 'Ignore' || problems.length === 0) return [];
  if (mode === 'Warn') return problems;
  throw cannotBeHandled(resource, `strict decoding error: ${problems.join(', ')}`);
}

function setNamespace(resource: Resource, { target }: ResourceRequest, { metadata }: Decoded['object']): void {
  if (!resource.namespaced) {
    delete metadata.namespace;
    return;
  }
  if (target.namespace === undefined) throw methodNotAllowed();
  if (metadata.namespace !== undefined && metadata.namespace !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  metadata.namespace = target.namespace;
}

function checkName(target: Target, name: string | undefined): void {
  if (!name) {
    throw badRequest(`the name of the object (${target.name} based on URL) was undeterminable: name must be provided`);
  }
  if (name === target.name) return;
  throw badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
}

function readDeleteOptions({ body, query }: ResourceRequest): DeleteOptions {
  const sent = body === '' ? {} : parseJson(body, (problem) => badRequest(`cannot read the DeleteOptions: ${problem}`));
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  const options: DeleteOptions = {
    ...sent,
    ...(grace !== null && { gracePeriodSeconds: Number(grace) }),
    ...(policy !== null && { propagationPolicy: policy }),
    ...(isDryRun(query, 'Delete') && { dryRun: ['All'] }),
  };
  checkDeleteOptions(options);
  return options;
}

function successStatus({ group, plural }: Resource, { object }: Version): Json {
  const { name, uid } = object.metadata;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(group !== '' && { group }), kind: plural, uid },
  };
}
