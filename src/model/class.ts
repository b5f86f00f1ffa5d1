import type { StorageClassObject } from './kubernetes.ts';
import { hostnameLabel } from './names.ts';

export type ReclaimPolicy = 'Delete' | 'Retain';

/** One alternative of a class's `allowedTopologies`: the node must have every label with one of its values. */
export type TopologyTerm = { key: string; values: string[] }[];

/** The facts of a StorageClass that provisioning needs. */
export interface Class {
  name: string;
  uid: string;
  provisioner: string;
  parameters: Record<string, string>;
  mountOptions: string[];
  reclaimPolicy: ReclaimPolicy;
  waitForFirstConsumer: boolean;
  /** Alternatives; without any, every node is allowed. */
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

/** Whether the class allows volumes on several nodes, and not only on one hostname. */
export function allowsSeveralNodes({ allowedTopologies }: Class): boolean {
  const [term, ...others] = allowedTopologies;
  if (term === undefined || others.length > 0) return true;
  return !term.some(({ key, values }) => key === hostnameLabel && values.length === 1);
}

/** Whether the class allows a node with these labels. */
export function allowsNode(cls: Class, nodeLabels: Record<string, string>): boolean {
  if (cls.allowedTopologies.length === 0) return true;
  return cls.allowedTopologies.some((term) =>
    term.every(({ key, values }) => {
      const label = nodeLabels[key];
      return label !== undefined && values.includes(label);
    }),
  );
}
