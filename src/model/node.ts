/** What is known of the node that we run on. */
export interface NodeFacts {
  name: string;
  labels: Record<string, string>;
  /** Value of its hostname label; undefined when the node has none. */
  hostname: string | undefined;
}
