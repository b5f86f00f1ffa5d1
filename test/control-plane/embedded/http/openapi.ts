import type { Json } from '../objects/object.ts';
import { apiVersionOf, type Resource, resources } from '../objects/resources.ts';

/**
 * As much of the OpenAPI documents as tells kubectl that this server knows the parameter `fieldValidation`, and so
 * validates objects itself. Undefined when `path` is none of them.
 */
export function openapi(path: string): Json {
  const [, root, version, ...groupVersion] = path.split('/');
  if (root !== 'openapi' || version !== 'v3') return undefined;
  if (groupVersion.length === 0) return index();
  const served = resources.filter((resource) => documentOf(resource) === groupVersion.join('/'));
  return served.length === 0 ? undefined : describe(served);
}

const documentOf = (resource: Resource) => `${resource.group === '' ? 'api' : 'apis'}/${apiVersionOf(resource)}`;

function index(): Json {
  const documents = [...new Set(resources.map(documentOf))];
  const entries = documents.map((document) => [document, { serverRelativeURL: `/openapi/v3/${document}` }]);
  return { paths: Object.fromEntries(entries) };
}

function describe(served: Resource[]): Json {
  const info = { title: 'Kubernetes', version: 'v1.37.2' };
  return { openapi: '3.0.0', info, paths: Object.fromEntries(served.map((each) => [pathOf(each), operations(each)])) };
}

const pathOf = (resource: Resource) =>
  `/${documentOf(resource)}/${resource.namespaced ? 'namespaces/{namespace}/' : ''}${resource.plural}/{name}`;

function operations({ group, version, kind }: Resource): Json {
  return {
    patch: {
      parameters: [{ name: 'fieldValidation', in: 'query', schema: { type: 'string' } }],
      responses: {},
      'x-kubernetes-group-version-kind': { group, version, kind },
    },
  };
}
