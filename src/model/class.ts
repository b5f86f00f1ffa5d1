import type { StorageClassObject } from './kubernetes.ts';
import { hostnameLabel } from './names.ts';

export type ReclaimPolicy = 'Delete' | 'Retain';

/** Labels that a node must have, as one alternative of a class's `allowedTopologies`: every key with one of its values. */
export type TopologyTerm = { key: string; values: string[] }[];

/** What provisioning needs to know of a StorageClass. */
export interface Class {
  name: string;
  uid: string;
  provisioner: string;
  parameters: Record<string, string>;
  mountOptions: string[];
  reclaimPolicy: ReclaimPolicy;
  waitForFirstConsumer: boolean;
  /** Alternatives; none at all means any node. */
  allowedTopologies: TopologyTerm[];
}

export function classOf(object: StorageClassObject): Class {
  return {
    name: object.metadata?.name ?? '',
    uid: object.metadata?.uid ?? '',
    provisioner: object.provisioner,
    parameters: object.parameters ?? {},
    mountOptions: object.mountOptions ?? [],
    reclaimPolicy: (object.reclaimPolicy ?? 'Delete') === 'Delete' ? 'Delete' : 'Retain',
    waitForFirstConsumer: object.volumeBindingMode === 'WaitForFirstConsumer',
    allowedTopologies: (object.allowedTopologies ?? []).map((term) => term.matchLabelExpressions ?? []),
  };
}

/** Whether volumes of the class may be made on several nodes: not if it allows one hostname alone. */
export function allowsSeveralNodes({ allowedTopologies }: Class): boolean {
  const [term, ...others] = allowedTopologies;
  if (term === undefined || others.length > 0) return true;
  return !term.some(({ key, values }) => key === hostnameLabel && values.length === 1);
}

/** Whether a node with these labels is one that the class allows. */
export function allowsNode(cls: Class, nodeLabels: Record<string, string>): boolean {
  if (cls.allowedTopologies.length === 0) return true;
  return cls.allowedTopologies.some((term) =>
    term.every(({ key, values }) => {
      const label = nodeLabels[key];
      return label !== undefined && values.includes(label);
    }),
  );
}
