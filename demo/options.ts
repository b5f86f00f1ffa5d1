import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Of the user's cluster; undefined for the embedded control plane. */
  kubeconfigPath: string | undefined;
  /** The node that a daemon started here is to stand for. */
  nodeName: string | undefined;
}

export const usage = `Usage: npm run demo                                        on a control plane of its own
       npm run demo -- --kubeconfig FILE [--node-name NAME]  on your cluster

KUBECONFIG is not looked at, so that no cluster is used by chance.
`;

/** @throws {TypeError} for an option that there is none of */
export function readOptions(args: string[]): DemoOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      kubeconfig: { type: 'string' },
      'node-name': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return 'help';
  if (values['node-name'] !== undefined && values.kubeconfig === undefined) {
    throw new TypeError('--node-name is of use with --kubeconfig only');
  }
  return { kubeconfigPath: values.kubeconfig, nodeName: values['node-name'] };
}
