/** A flag of the command line. */
export interface Flag {
  short?: string;
  /** Placeholder of its value in the help text; a flag without one is a switch. */
  value?: string;
  text: string;
  /** The values that it may have. */
  choices?: readonly string[];
}

export const outputs = ['wide', 'json', 'yaml', 'name'] as const;
export const colours = ['auto', 'always', 'never'] as const;

export const flags = {
  namespace: {
    short: 'n',
    value: 'NAMESPACE',
    text: 'namespace of the claims; default: that of the context, and for trash and ui all',
  },
  'all-namespaces': { short: 'A', text: 'claims of all namespaces' },
  selector: { short: 'l', value: 'SELECTOR', text: 'only claims with these labels, such as app=kafka' },
  node: { value: 'NODE', text: 'only this node' },
  output: { short: 'o', value: 'FORMAT', text: outputs.join(', '), choices: outputs },
  'no-headers': { text: 'leaves out the line of headings' },
  'sort-by': { value: 'COLUMN', text: 'a column such as USED: sizes with the largest first, names from A to Z' },
  claim: { value: 'NAMESPACE/NAME', text: 'claim that gets the volume; it may be created later' },
  port: { value: 'PORT', text: 'port on 127.0.0.1; default: any that is free' },
  kubeconfig: {
    value: 'FILE',
    text: 'kubeconfig file; default: KUBECONFIG, ~/.kube/config, or the ServiceAccount of this pod',
  },
  context: { value: 'CONTEXT', text: 'context of the kubeconfig; default: its current one' },
  color: {
    value: 'WHEN',
    text: 'auto, always or never; auto: in a terminal, unless NO_COLOR is set',
    choices: colours,
  },
  help: { short: 'h', text: 'shows this text' },
} satisfies Record<string, Flag>;

export type FlagName = keyof typeof flags;

/** Flags that every command has. */
export const commonFlags: readonly FlagName[] = ['kubeconfig', 'context', 'help'];
