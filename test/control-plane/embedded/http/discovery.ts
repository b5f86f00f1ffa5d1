import type { Json } from '../objects/object.ts';
import { apiVersionOf, type Resource, resources } from '../objects/resources.ts';
import { openapi } from './openapi.ts';

const version = {
  major: '1',
  minor: '37',
  gitVersion: 'v1.37.2+embedded',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'node',
  platform: `${process.platform}/${process.arch}`,
};

/** The minor version of Kubernetes that is imitated. */
export const embeddedVersion = `${version.major}.${version.minor}`;

const groups = [...new Set(resources.map(({ group }) => group))].filter((group) => group !== '');

const groupOf = (name: string) => {
  const preferred = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [preferred], preferredVersion: preferred };
};

/** The documents from which clients such as kubectl learn what is served; undefined when `path` is none of them. */
export function discover(path: string, serverAddress: string): Json {
  const [, root, group, groupVersion] = path.split('/');
  if (path === '/version' || path === '/version/') return version;
  if (path === '/api') return apiVersions(serverAddress);
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupOf) };
  if (path === '/api/v1') return resourceList('', 'v1');
  if (root === 'openapi') return openapi(path);
  if (root !== 'apis' || group === undefined || !groups.includes(group)) return undefined;
  if (groupVersion === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) };
  return groupVersion === 'v1' ? resourceList(group, 'v1') : undefined;
}

function apiVersions(serverAddress: string): Json {
  const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress }];
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs };
}

function resourceList(group: string, version: string): Json {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: resources.filter((each) => each.group === group).flatMap(describe),
  };
}

function describe(resource: Resource): Json[] {
  const { plural, kind, namespaced, shortNames, deletesCollection } = resource;
  const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
  const self = {
    name: plural,
    singularName: kind.toLowerCase(),
    namespaced,
    kind,
    verbs: verbs.filter((verb) => deletesCollection || verb !== 'deletecollection'),
    ...(shortNames.length > 0 && { shortNames }),
  };
  const status = { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: ['get', 'patch', 'update'] };
  return resource.hasStatus ? [self, status] : [self];
}
