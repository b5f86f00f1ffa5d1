import { type Config, type Problems, readConfig } from '../config/config.ts';
import { optionRows } from '../config/help.ts';
import { dnsSubdomain, type Options, options } from '../config/options.ts';
import { type GivenOptions, missing, readOptions } from '../config/read-options.ts';
import { isVolumeName } from '../model/names.ts';
import type { RestoreCommand } from './restore-command.ts';
import type { TrashCommand } from './trash-command.ts';

export type Command =
  | { command: 'daemon'; config: Config }
  | ({ command: 'trash' } & TrashCommand)
  | ({ command: 'restore' } & RestoreCommand);

export type CommandResult = Command | { help: string } | Problems;

const { kubeconfig, 'node-name': nodeName, 'base-directory': baseDirectory } = options;

const trashOptions = { kubeconfig, 'node-name': nodeName, 'base-directory': baseDirectory } satisfies Options;

const restoreOptions = {
  claim: {
    value: 'NAMESPACE/NAME',
    text: 'claim that gets the volume (required); it may be created later',
    problem: (value) =>
      /^[^/]+\/[^/]+$/.test(value) && value.split('/').every((part) => part.length <= 253 && dnsSubdomain.test(part))
        ? undefined
        : 'use the namespace and the name of a claim, such as default/data',
  },
  ...trashOptions,
} satisfies Options;

/** Reads the command, which is the daemon without a name, and its options. Reports all problems together. */
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
  const unset = missing(values, env);
  return {
    command: 'trash',
    baseDirectory: values['base-directory'].at(-1) ?? '',
    cluster:
      unset.length > 0
        ? { missing: unset.join('; ') }
        : { nodeName: values['node-name'].at(-1) ?? '', kubeconfigPath: values.kubeconfig.at(-1) },
  };
}

function readRestore(
  { values, positionals, help, problems }: GivenOptions<keyof typeof restoreOptions>,
  env: NodeJS.ProcessEnv,
): CommandResult {
  if (help) return { help: restoreHelp };
  const [volumeName = '', ...others] = positionals;
  if (volumeName === '') problems.push('the volume is missing: name one that "hostpath-provisioner trash" lists');
  else if (!isVolumeName(volumeName)) {
    problems.push(
      `${JSON.stringify(volumeName)} is not a volume name: name one that "hostpath-provisioner trash" lists`,
    );
  }
  problems.push(...others.map((text) => `only one volume can be restored at a time: remove ${JSON.stringify(text)}`));
  if (values.claim.length === 0) problems.push('--claim is missing: set it to NAMESPACE/NAME');
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

const trashHelp = `hostpath-provisioner trash: lists the directories on this node that can be restored: those of deleted volumes that are
not erased yet, and those in the base directory that no claim of this cluster uses

Usage: hostpath-provisioner trash [options]

${optionRows(trashOptions)}
`;

const restoreHelp = `hostpath-provisioner restore: registers a volume for a directory that "hostpath-provisioner trash" lists, for the given claim
and with reclaim policy Retain

Usage: hostpath-provisioner restore VOLUME --claim NAMESPACE/NAME [options]

${optionRows(restoreOptions)}
`;
