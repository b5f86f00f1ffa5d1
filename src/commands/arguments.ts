import {
  type Config,
  dnsSubdomain,
  type GivenOptions,
  missing,
  type Option,
  optionRows,
  options,
  type Problems,
  readConfig,
  readOptions,
} from '../config/config.ts';
import { isVolumeName } from '../model/names.ts';
import type { RestoreCommand } from './restore-command.ts';
import type { TrashCommand } from './trash-command.ts';

/** What the program is asked to do. */
export type Command =
  | { command: 'daemon'; config: Config }
  | ({ command: 'trash' } & TrashCommand)
  | ({ command: 'restore' } & RestoreCommand);

export type CommandResult = Command | { help: string } | Problems;

const { kubeconfig, 'node-name': nodeName, 'base-directory': baseDirectory } = options;

const trashOptions = {
  kubeconfig,
  'node-name': nodeName,
  'base-directory': baseDirectory,
} satisfies Record<string, Option>;

const restoreOptions = {
  claim: {
    value: 'NAMESPACE/NAME',
    text: 'the claim that is to have the volume (required); it need not exist yet',
    problem: (value) =>
      /^[^/]+\/[^/]+$/.test(value) && value.split('/').every((part) => part.length <= 253 && dnsSubdomain.test(part))
        ? undefined
        : 'use the namespace and the name of a claim, such as default/data',
  },
  kubeconfig,
  'node-name': nodeName,
  'base-directory': baseDirectory,
} satisfies Record<string, Option>;

/** Reads what the arguments ask for: a command by its name, else the daemon. Tells every problem at once. */
export function readCommand(args: readonly string[], env: NodeJS.ProcessEnv): CommandResult {
  const [name, ...rest] = args;
  if (name === 'trash') return readTrash(readOptions<keyof typeof trashOptions>(trashOptions, rest, env), env);
  if (name === 'restore') return readRestore(readOptions<keyof typeof restoreOptions>(restoreOptions, rest, env), env);
  const result = readConfig(args, env);
  return 'config' in result ? { command: 'daemon', config: result.config } : result;
}

function readTrash(
  { values, positionals, help, problems }: GivenOptions<keyof typeof trashOptions>,
  env: NodeJS.ProcessEnv,
): CommandResult {
  if (help) return { help: trashHelp };
  problems.push(...positionals.map((text) => `${JSON.stringify(text)} is not an option: see trash --help`));
  if (problems.length > 0) return { problems };
  // The trash can be listed without an API server.
  const unasked = missing(values, env);
  return {
    command: 'trash',
    baseDirectory: values['base-directory'].at(-1) ?? '',
    cluster:
      unasked.length > 0
        ? { missing: unasked.join('; ') }
        : { nodeName: values['node-name'].at(-1) ?? '', kubeconfigPath: values.kubeconfig.at(-1) },
  };
}

function readRestore(
  { values, positionals, help, problems }: GivenOptions<keyof typeof restoreOptions>,
  env: NodeJS.ProcessEnv,
): CommandResult {
  if (help) return { help: restoreHelp };
  const [volumeName = '', ...others] = positionals;
  if (volumeName === '') problems.push('which volume? Give its name, as "hostpath-provisioner trash" lists it');
  else if (!isVolumeName(volumeName))
    problems.push(`${JSON.stringify(volumeName)} is not the name of a volume of ours`);
  problems.push(...others.map((text) => `${JSON.stringify(text)} is one volume too many: see restore --help`));
  if (values.claim.length === 0) problems.push('--claim is missing: give NAMESPACE/NAME');
  problems.push(...missing(values, env));
  const kubeconfigPath = values.kubeconfig.at(-1);
  if (problems.length > 0) return { problems, server: { kubeconfigPath } };
  const [namespace = '', claimName = ''] = values.claim.at(-1)?.split('/') ?? [];
  return {
    command: 'restore',
    volumeName,
    claim: { namespace, name: claimName },
    nodeName: values['node-name'].at(-1) ?? '',
    kubeconfigPath,
    baseDirectory: values['base-directory'].at(-1) ?? '',
  };
}

const trashHelp = `hostpath-provisioner trash: lists what can be restored on this node: removed volumes that are not erased yet, and
directories in their place that no claim of this cluster has

Usage: hostpath-provisioner trash [options]

${optionRows(trashOptions)}
  --help                      this text
`;

const restoreHelp = `hostpath-provisioner restore: gives a directory that "hostpath-provisioner trash" lists to a claim, with reclaim policy Retain

Usage: hostpath-provisioner restore VOLUME --claim NAMESPACE/NAME [options]

${optionRows(restoreOptions)}
  --help                      this text
`;
