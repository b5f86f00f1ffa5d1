/** What is known of the node that we run on. */
export interface NodeFacts {
  name: string;
  /** Whether the cluster ever showed the node; nothing else is known of it before. */
  registered: boolean;
  labels: Record<string, string>;
  /** Value of its hostname label; undefined when the node has none. */
  hostname: string | undefined;
}

/** What is told while the cluster has no node of that name. */
export const nodeNotRegistered = (name: string): string =>
  `node "${name}" is not in the cluster: correct --node-name or NODE_NAME (kubectl get nodes lists the nodes), or wait until it registers`;
