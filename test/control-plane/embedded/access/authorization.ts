/** RBAC: what a user may do is the sum of the rules of all roles that are bound to them. */

import type { RequestInfo, Target } from '../http/request-info.ts';
import type { Json } from '../objects/object.ts';
import { clusterRoleBindings, clusterRoles, type Resource, roleBindings, roles } from '../objects/resources.ts';
import { forbidden, StatusError } from '../status-error.ts';
import type { Store } from '../store/store.ts';
import type { User } from './authentication.ts';

const superusers = 'system:masters';

/** Refuses with 403 what the user may not do. */
export function authorize(store: Store, user: User, request: RequestInfo): void {
  if (user.groups.includes(superusers) || isAllowed(store, user, request)) return;
  throw refusal(user, request);
}

function isAllowed(store: Store, user: User, request: RequestInfo): boolean {
  const { target, verb, path } = request;
  const allows = (rule: Json) =>
    target === undefined ? allowsPath(rule, verb, path) : allowsTarget(rule, verb, target);
  return rulesFor(store, user, target?.namespace).some(allows);
}

function rulesFor(store: Store, user: User, namespace: string | undefined): Json[] {
  const bindings = [
    ...objectsOf(store, clusterRoleBindings, ''),
    ...(namespace === undefined ? [] : objectsOf(store, roleBindings, `${namespace}/`)),
  ];
  return bindings
    .filter((binding) => (binding.subjects ?? []).some((subject: Json) => isUser(subject, user, binding)))
    .flatMap((binding) => roleOf(store, binding)?.rules ?? []);
}

const objectsOf = (store: Store, resource: Resource, prefix: string): Json[] =>
  store
    .collection(resource)
    .range(prefix)
    .map(({ object }) => object);

function roleOf(store: Store, { roleRef, metadata }: Json): Json {
  return roleRef.kind === 'ClusterRole'
    ? store.get(clusterRoles, roleRef.name)?.object
    : store.get(roles, `${metadata.namespace}/${roleRef.name}`)?.object;
}

function isUser({ kind, name, namespace }: Json, user: User, binding: Json): boolean {
  switch (kind) {
    case 'User':
      return name === user.name;
    case 'Group':
      return user.groups.includes(name);
    case 'ServiceAccount':
      return user.name === `system:serviceaccount:${namespace ?? binding.metadata.namespace}:${name}`;
    default:
      return false;
  }
}

const names = (list: string[] | undefined, value: string) => list?.includes('*') || list?.includes(value) || false;

function allowsTarget(rule: Json, verb: string, { group, plural, subresource, name }: Target): boolean {
  const resource = subresource === '' ? plural : `${plural}/${subresource}`;
  const onAnyObject = (rule.resourceNames ?? []).length === 0;
  return (
    names(rule.verbs, verb) &&
    names(rule.apiGroups, group) &&
    (names(rule.resources, resource) || (subresource !== '' && names(rule.resources, `*/${subresource}`))) &&
    (onAnyObject || rule.resourceNames.includes(name))
  );
}

function allowsPath(rule: Json, verb: string, path: string): boolean {
  const matches = (pattern: string) =>
    pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));
  return names(rule.verbs, verb) && (rule.nonResourceURLs ?? []).some(matches);
}

function refusal(user: User, { verb, path, target }: RequestInfo): StatusError {
  if (target === undefined) {
    return new StatusError(403, 'Forbidden', `forbidden: User "${user.name}" cannot ${verb} path "${path}"`, {});
  }
  const { group, plural, subresource, namespace, name } = target;
  const resource = subresource === '' ? plural : `${plural}/${subresource}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const problem = `User "${user.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
  return forbidden({ group, plural }, name, problem);
}
