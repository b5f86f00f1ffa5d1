import type { Json } from '../support/api.ts';

/**
 * The definition of OpenShift's SecurityContextConstraints, with the fields, types and required fields that its own has
 * (github.com/openshift/api, security/v1), so that another API server judges ours by them.
 */
export function sccDefinition(): Json {
  const boolean = { type: 'boolean' };
  const texts = { type: 'array', nullable: true, items: { type: 'string' } };
  const id = { type: 'integer', format: 'int64' };
  const strategy = (more: Json) => ({
    type: 'object',
    nullable: true,
    properties: { type: { type: 'string' }, ...more },
  });
  const ranges = { type: 'array', items: { type: 'object', properties: { min: id, max: id } } };
  const required = {
    allowHostDirVolumePlugin: boolean,
    allowHostIPC: boolean,
    allowHostNetwork: boolean,
    allowHostPID: boolean,
    allowHostPorts: boolean,
    allowPrivilegedContainer: boolean,
    allowedCapabilities: texts,
    defaultAddCapabilities: texts,
    priority: { type: 'integer', format: 'int32', nullable: true },
    readOnlyRootFilesystem: boolean,
    requiredDropCapabilities: texts,
    volumes: texts,
  };
  const properties = {
    ...required,
    allowPrivilegeEscalation: { ...boolean, nullable: true },
    defaultAllowPrivilegeEscalation: { ...boolean, nullable: true },
    allowedUnsafeSysctls: texts,
    forbiddenSysctls: texts,
    seccompProfiles: texts,
    users: texts,
    groups: texts,
    fsGroup: strategy({ ranges }),
    supplementalGroups: strategy({ ranges }),
    runAsUser: strategy({ uid: id, uidRangeMin: id, uidRangeMax: id }),
    seLinuxContext: strategy({
      seLinuxOptions: {
        type: 'object',
        properties: Object.fromEntries(['level', 'role', 'type', 'user'].map((name) => [name, { type: 'string' }])),
      },
    }),
  };
  const group = 'security.openshift.io';
  const plural = 'securitycontextconstraints';
  const schema = { openAPIV3Schema: { type: 'object', required: Object.keys(required), properties } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind: 'SecurityContextConstraints', plural, singular: plural },
      scope: 'Cluster',
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}
