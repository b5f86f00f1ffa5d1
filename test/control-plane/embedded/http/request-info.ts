/** What a request asks for, read from its method and address alone, as authorization sees it. */

export interface RequestInfo {
  path: string;
  query: URLSearchParams;
  /** get, list, watch, create, update, patch, delete, deletecollection; for paths that are no resources: the method. */
  verb: string;
  /** Undefined for paths that are no resources, such as `/healthz`. */
  target: Target | undefined;
}

export interface Target {
  group: string;
  version: string;
  plural: string;
  subresource: string;
  namespace: string | undefined;
  name: string;
}

const objectVerbs: Record<string, string> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

export function parseRequest(method: string, url: string): RequestInfo {
  const { pathname, searchParams: query } = new URL(url, 'http://localhost');
  const target = parseTarget(pathname);
  if (target === undefined) return { path: pathname, query, verb: method.toLowerCase(), target };
  return { path: pathname, query, ...withVerb(method, query, target) };
}

function parseTarget(path: string): Target | undefined {
  const [root, ...parts] = path.slice(1).split('/').map(decodeURIComponent);
  const group = root === 'api' ? '' : root === 'apis' ? parts.shift() : undefined;
  const version = parts.shift();
  if (group === undefined || version === undefined || parts.length === 0) return undefined;
  if (parts[0] === 'namespaces' && parts.length > 2 && !['status', 'finalize'].includes(parts[2] ?? '')) {
    const [, namespace, plural = '', name = '', ...subresource] = parts;
    return { group, version, namespace, plural, name, subresource: subresource.join('/') };
  }
  const [plural = '', name = '', ...subresource] = parts;
  const namespace = plural === 'namespaces' && name !== '' ? name : undefined;
  return { group, version, plural, name, namespace, subresource: subresource.join('/') };
}

function withVerb(method: string, query: URLSearchParams, target: Target): Pick<RequestInfo, 'verb' | 'target'> {
  const verb = objectVerbs[method] ?? '';
  if (target.name !== '') return { verb, target };
  if (verb === 'delete') return { verb: 'deletecollection', target };
  if (verb !== 'get') return { verb, target };
  const watches = query.get('watch');
  const isWatch = watches !== null && watches !== 'false' && watches !== '0';
  return { verb: isWatch ? 'watch' : 'list', target: { ...target, name: selectedName(query) } };
}

/** A list of one object by its name is allowed to whoever may list that object alone. */
function selectedName(query: URLSearchParams): string {
  const terms = (query.get('fieldSelector') ?? '').split(',');
  return terms.map((term) => /^metadata\.name==?([^=]+)$/.exec(term)?.[1]).find((name) => name !== undefined) ?? '';
}
