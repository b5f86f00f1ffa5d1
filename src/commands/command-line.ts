import { readBaseDirectories } from '../config/base-directories.ts';
import { type Config, type Problems, readConfig } from '../config/config.ts';
import { optionRows } from '../config/help.ts';
import { dnsSubdomain, type Options, oneOf, options, parseAddress } from '../config/options.ts';
import { type GivenOptions, missing, readOptions } from '../config/read-options.ts';
import { isVolumeName } from '../model/names.ts';
import type { RestoreCommand } from './restore-command.ts';
import type { StatusCommand } from './status-command.ts';
import type { TrashCommand } from './trash-command.ts';

export type Command =
  | { command: 'daemon'; config: Config }
  | ({ command: 'trash' } & TrashCommand)
  | ({ command: 'restore' } & RestoreCommand)
  | ({ command: 'status' } & StatusCommand);

export type CommandResult = Command | { help: string } | Problems;

const { kubeconfig, 'node-name': nodeName, 'base-directory': baseDirectory, 'http-address': httpAddress } = options;

const common = { kubeconfig, 'node-name': nodeName, 'base-directory': baseDirectory } satisfies Options;

const trashOptions = {
  output: {
    value: 'FORMAT',
    default: 'table',
    text: 'table (for people) or json (docs/json.md), which has the orphans, too',
    problem: oneOf(['table', 'json']),
  },
  ...common,
} satisfies Options;

const statusOptions = { 'http-address': httpAddress } satisfies Options;

const restoreOptions = {
  claim: {
    value: 'NAMESPACE/NAME',
    text: 'claim that gets the volume (required); it may be created later',
    problem: (value) =>
      /^[^/]+\/[^/]+$/.test(value) && value.split('/').every((part) => part.length <= 253 && dnsSubdomain.test(part))
        ? undefined
        : 'use the namespace and the name of a claim, such as default/data',
  },
  ...common,
} satisfies Options;

/** Reads the command, which is the daemon without a name, and its options. Reports all problems together. */
export function readCommand(args: readonly string[], env: NodeJS.ProcessEnv): CommandResult {
  const [name, ...rest] = args;
  if (name === 'trash') return readTrash(readOptions<keyof typeof trashOptions>(trashOptions, rest, env), env);
  if (name === 'restore') return readRestore(readOptions<keyof typeof restoreOptions>(restoreOptions, rest, env), env);
  if (name === 'status') return readStatus(readOptions<keyof typeof statusOptions>(statusOptions, rest, env));
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
  const baseDirectories = readBaseDirectories(values['base-directory']);
  if (baseDirectories.problems.length > 0) return { problems: baseDirectories.problems };
  return {
    command: 'trash',
    baseDirectories: baseDirectories.found,
    nodeName: values['node-name'].at(-1),
    cluster:
      unset.length > 0
        ? { missing: unset.join('; ') }
        : { nodeName: values['node-name'].at(-1) ?? '', kubeconfigPath: values.kubeconfig.at(-1) },
    output: values.output.at(-1) === 'json' ? 'json' : 'table',
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
  const baseDirectories = readBaseDirectories(values['base-directory']);
  problems.push(...baseDirectories.problems);
  const kubeconfigPath = values.kubeconfig.at(-1);
  if (problems.length > 0) return { problems, server: { kubeconfigPath } };
  const [namespace = '', claimName = ''] = values.claim.at(-1)?.split('/') ?? [];
  return {
    command: 'restore',
    volumeName,
    claim: { namespace, name: claimName },
    nodeName: values['node-name'].at(-1) ?? '',
    kubeconfigPath,
    basePaths: baseDirectories.found.map(({ path }) => path),
  };
}

/** Addresses that mean all addresses of the pod. */
const wildcards: ReadonlySet<string> = new Set(['::', '0.0.0.0']);

function readStatus({ values, positionals, help, problems }: GivenOptions<keyof typeof statusOptions>): CommandResult {
  if (help) return { help: statusHelp };
  problems.push(...positionals.map((text) => `${JSON.stringify(text)} is not an option: see status --help`));
  const { host = '', port = 0 } = parseAddress(values['http-address'].at(-1) ?? '') ?? {};
  if (problems.length === 0 && port === 0) {
    problems.push('--http-address has port 0: name the port, which the daemon logs as httpPort when it starts');
  }
  if (problems.length > 0) return { problems };
  return { command: 'status', host: wildcards.has(host) ? '127.0.0.1' : host, port };
}

const trashHelp = `hostpath-provisioner trash: lists the directories on this node that can be restored: those of deleted volumes that are
not erased yet, and those in the base directory that no claim of this cluster uses

Usage: hostpath-provisioner trash [options]

${optionRows(trashOptions)}
`;

const statusHelp = `hostpath-provisioner status: prints what the daemon of this pod serves at /volumes, as JSON (docs/json.md)

Usage: hostpath-provisioner status [options]

${optionRows(statusOptions)}
`;

const restoreHelp = `hostpath-provisioner restore: registers a volume for a directory that "hostpath-provisioner trash" lists, for the given claim
and with reclaim policy Retain

Usage: hostpath-provisioner restore VOLUME --claim NAMESPACE/NAME [options]

${optionRows(restoreOptions)}
`;
