/** The facts of the node that the daemon runs on. */
export interface NodeFacts {
  name: string;
  /** Whether the cluster ever showed the node. Before, nothing else is known. */
  registered: boolean;
  labels: Record<string, string>;
  /** Value of its hostname label; undefined when the node has none. */
  hostname: string | undefined;
}

export const nodeNotRegistered = (name: string): string =>
  `node "${name}" is not in the cluster: correct --node-name or NODE_NAME (kubectl get nodes lists the nodes), or wait until it registers`;
