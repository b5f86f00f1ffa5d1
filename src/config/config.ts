import { isIP } from 'node:net';
import { isAbsolute, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { readDuration } from '../model/duration.ts';
import { nearestWord } from '../model/nearest-word.ts';

export type LogFormat = 'json' | 'pretty';
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Everything that can be set from outside, checked. */
export interface Config {
  /** Path of a kubeconfig file; undefined means the ServiceAccount of the pod that we run in. */
  readonly kubeconfigPath: string | undefined;
  readonly nodeName: string;
  /** Absolute path that all volumes' directories lie in. */
  readonly baseDirectory: string;
  readonly provisionerNames: readonly string[];
  readonly http: { readonly host: string; readonly port: number };
  /**
   * How long a directory with content is kept when neither its claim nor its volume exists any more and nobody saw a deletion,
   * in milliseconds; undefined keeps it for ever.
   */
  readonly abandonedGraceMs: number | undefined;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export interface Option {
  /** Its variable, if it has one. */
  env?: string;
  value: string;
  text: string;
  default?: string;
  /** May be given several times; its variable then holds a comma-separated list. */
  repeatable?: true;
  /** What is wrong with one value, or undefined. */
  problem: (value: string) => string | undefined;
}

export const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const oneOf = (choices: readonly string[]) => (value: string) =>
  choices.includes(value) ? undefined : `use one of ${choices.join(', ')}`;

export const options = {
  kubeconfig: {
    env: 'KUBECONFIG',
    value: 'FILE',
    text: 'how to reach the API server; without it, the ServiceAccount of the pod that the daemon runs in',
    problem: () => undefined,
  },
  'node-name': {
    env: 'NODE_NAME',
    value: 'NAME',
    text: 'name of the node that the daemon runs on (required)',
    problem: (value) =>
      value.length <= 253 && dnsSubdomain.test(value) ? undefined : 'use the name that "kubectl get nodes" shows',
  },
  'base-directory': {
    env: 'BASE_DIRECTORY',
    value: 'PATH',
    default: '/tmp/hostpath-provisioner',
    text: 'existing directory that the volumes are made in, the same inside the pod as on the node',
    problem: (value) =>
      isAbsolute(value) && normalize(value) === value && !/.\/$/.test(value) && value !== '/'
        ? undefined
        : 'use an absolute path without ".." or "/" at its end, and not "/" itself',
  },
  'provisioner-name': {
    env: 'PROVISIONER_NAMES',
    value: 'NAME',
    default: 'hostpath-provisioner,example.com/hostpath',
    repeatable: true,
    text: 'the "provisioner" of the StorageClasses to serve; may be given several times',
    problem: (value) =>
      value.length <= 253 && value.split('/').length <= 2 && value.split('/').every((part) => dnsSubdomain.test(part))
        ? undefined
        : 'use lower-case letters, digits, "-" and ".", and at most one "/"',
  },
  'http-address': {
    env: 'HTTP_ADDRESS',
    value: 'HOST:PORT',
    default: '[::]:8080',
    text: 'where /healthz, /readyz and /metrics are served; [::] is every address, of IPv4 as well; port 0 takes any free one',
    problem: (value) =>
      parseAddress(value) === undefined ? 'use HOST:PORT, such as 127.0.0.1:8080 or [::]:8080' : undefined,
  },
  'grace-period': {
    env: 'GRACE_PERIOD',
    value: 'DURATION',
    text: 'erases a directory with content that long after its claim and volume vanished and the daemon saw no deletion, such as 24h. It risks the data of a cluster that is set back to a backup; without it, nothing of the kind is erased',
    problem: (value) => {
      const ms = readDuration(value);
      return typeof ms === 'number' ? undefined : ms.problem;
    },
  },
  'log-level': {
    env: 'LOG_LEVEL',
    value: 'LEVEL',
    default: 'info',
    text: `one of ${logLevels.join(', ')}`,
    problem: oneOf(logLevels),
  },
  'log-format': {
    env: 'LOG_FORMAT',
    value: 'FORMAT',
    default: 'json',
    text: 'json, one object a line, or pretty, for people',
    problem: oneOf(['json', 'pretty']),
  },
} satisfies Record<string, Option>;

type OptionName = keyof typeof options;
type Options = Record<string, Option>;

export interface Problems {
  problems: string[];
  /** Where the API server would have been looked for: what is wrong there can be told as well. */
  server?: { kubeconfigPath: string | undefined };
}

export type ConfigResult = { config: Config } | { help: string } | Problems;

/** Reads flags and, where a flag is absent, its environment variable. Tells every problem at once. */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): ConfigResult {
  const { values, positionals, help, problems } = readOptions<OptionName>(options, args, env);
  if (help) return { help: helpText() };
  problems.unshift(...positionals.map((text) => `${JSON.stringify(text)} is not an option: see --help`));
  const one = (name: OptionName): string => values[name].at(-1) ?? '';

  problems.push(...missing(values, env));
  const http = parseAddress(one('http-address'));
  const kubeconfigPath = values.kubeconfig.at(-1);
  if (problems.length > 0 || http === undefined) return { problems, server: { kubeconfigPath } };
  return {
    config: Object.freeze({
      kubeconfigPath,
      nodeName: one('node-name'),
      baseDirectory: one('base-directory'),
      provisionerNames: [...new Set(values['provisioner-name'])],
      http,
      abandonedGraceMs: values['grace-period'].length === 0 ? undefined : Number(readDuration(one('grace-period'))),
      logLevel: one('log-level') as LogLevel,
      logFormat: one('log-format') as LogFormat,
    }),
  };
}

/** What a command that acts in the cluster cannot do without. */
export function missing(values: Record<'node-name' | 'kubeconfig', string[]>, env: NodeJS.ProcessEnv): string[] {
  const problems: string[] = [];
  if (values['node-name'].length === 0) problems.push('--node-name is missing: give it, or set NODE_NAME');
  if (values.kubeconfig.length === 0 && !env.KUBERNETES_SERVICE_HOST) {
    problems.push('no way to the API server: give --kubeconfig, set KUBECONFIG, or run in a pod');
  }
  return problems;
}

export interface GivenOptions<Name extends string> {
  values: Record<Name, string[]>;
  /** Arguments that belong to no option. */
  positionals: string[];
  help: boolean;
  problems: string[];
}

/** Reads the flags of a command and, where one is absent, its environment variable or default. */
export function readOptions<Name extends string>(
  table: Record<Name, Option>,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): GivenOptions<Name> {
  const { flags, positionals, help, problems } = readFlags(table, args);
  const values = {} as Record<Name, string[]>;
  for (const [name, option] of Object.entries(table) as [Name, Option][]) {
    const [from, given] = valuesOf(option, flags[name], env, name);
    values[name] = given;
    for (const value of given) {
      const problem = option.problem(value);
      if (problem !== undefined) problems.push(`${from} is ${JSON.stringify(value)}: ${problem}`);
    }
  }
  return { values, positionals, help, problems };
}

function readFlags(table: Options, args: readonly string[]) {
  const { tokens } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(Object.keys(table).map((name) => [name, { type: 'string' as const }])),
      help: { type: 'boolean' },
    },
    strict: false,
    tokens: true,
  });
  const flags: Partial<Record<string, string[]>> = {};
  const positionals: string[] = [];
  const problems: string[] = [];
  let help = false;
  // What follows an option that there is not was meant as its value: one mistake is one problem.
  let valueOfUnknown = -1;
  for (const token of tokens) {
    if (token.kind === 'positional' && token.index !== valueOfUnknown) positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (token.name === 'help' || token.name === 'h') help = true;
    else if (!Object.hasOwn(table, token.name)) {
      problems.push(`${token.rawName} is not an option: ${adviceFor(token.name, Object.keys(table))}`);
      if (token.value === undefined) valueOfUnknown = token.index + 1;
    } else if (token.value === undefined || token.value === '') problems.push(`${token.rawName} needs a value`);
    else flags[token.name] = [...(flags[token.name] ?? []), token.value];
  }
  return { flags, positionals, help, problems };
}

function adviceFor(name: string, names: string[]): string {
  const nearest = nearestWord(name, names);
  return nearest === undefined ? 'see --help' : `did you mean --${nearest}?`;
}

/** Where an option's values come from, in the words of a message, and what they are. */
function valuesOf(
  option: Option,
  flag: string[] | undefined,
  env: NodeJS.ProcessEnv,
  name: string,
): [string, string[]] {
  const split = (text: string): string[] => {
    const parts = option.repeatable ? text.split(',').map((part) => part.trim()) : [text];
    return parts.filter((part) => part !== '');
  };
  if (flag !== undefined) return [`--${name}`, flag];
  const variable = split((option.env && env[option.env]) ?? '');
  if (variable.length > 0) return [option.env ?? '', variable];
  return ['default', split(option.default ?? '')];
}

function parseAddress(text: string): { host: string; port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (bracketed !== undefined && isIP(bracketed) !== 6) return undefined;
  const host = bracketed ?? plain;
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** The part of a help text that tells each option. */
export function optionRows(table: Options): string {
  const rows = Object.entries(table).map(([name, option]) => {
    const note = [
      ...(option.env === undefined ? [] : [`env ${option.env}`]),
      ...(option.default === undefined ? [] : [`default ${option.default}`]),
    ];
    const first = `  --${`${name} ${option.value}`.padEnd(26)}${option.text}`;
    return note.length === 0 ? first : `${first}\n${' '.repeat(30)}(${note.join(', ')})`;
  });
  return rows.join('\n');
}

function helpText(): string {
  return `hostpath-provisioner: dynamic hostPath volumes for the node that it runs on

Usage: hostpath-provisioner --node-name NAME [options]
       hostpath-provisioner trash --help      lists what can be restored: removed, or kept in its place
       hostpath-provisioner restore --help    has a volume back from there

${optionRows(options)}
  --help                      this text
`;
}
