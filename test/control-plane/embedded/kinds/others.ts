/** Kinds that are little more than stored. */

import { invalid } from '../objects/field-error.ts';
import { subdomainProblems } from '../objects/names.ts';
import { labelSelector, optionalText, quantity } from '../objects/schema.ts';
import type { Kind } from './kind.ts';

export const namespaceKind: Kind = {
  prepareCreate(namespace) {
    namespace.metadata.labels = {
      ...namespace.metadata.labels,
      'kubernetes.io/metadata.name': namespace.metadata.name,
    };
    namespace.spec = { finalizers: ['kubernetes'] };
    namespace.status = { phase: 'Active' };
  },
};

export const podKind: Kind = {
  setDefaults(pod) {
    pod.spec ??= {};
    pod.spec.restartPolicy ??= 'Always';
    pod.spec.serviceAccountName ??= 'default';
    pod.spec.terminationGracePeriodSeconds ??= 30;
  },
  prepareCreate(pod) {
    pod.status = { phase: 'Pending' };
  },
};

export const workloadKind: Kind = {
  prepareCreate(workload) {
    workload.status = {};
  },
};

export const secretKind: Kind = {
  setDefaults(secret) {
    for (const [key, value] of Object.entries<string>(secret.stringData ?? {})) {
      secret.data = { ...secret.data, [key]: Buffer.from(value).toString('base64') };
    }
    delete secret.stringData;
    secret.type ??= 'Opaque';
  },
};

export const csiDriverKind: Kind = {
  setDefaults(driver) {
    driver.spec = {
      attachRequired: true,
      podInfoOnMount: false,
      volumeLifecycleModes: ['Persistent'],
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      requiresRepublish: false,
      seLinuxMount: false,
      preventPodSchedulingIfMissing: false,
      ...driver.spec,
    };
  },
};

export const storageCapacityKind: Kind = {
  shape: {
    nodeTopology: labelSelector,
    storageClassName: optionalText,
    capacity: quantity,
    maximumVolumeSize: quantity,
  },
  validate: ({ storageClassName = '' }) =>
    subdomainProblems(storageClassName).map((problem) => invalid('storageClassName', storageClassName, problem)),
};
