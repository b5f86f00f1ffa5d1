import { isIP } from 'node:net';
import { isAbsolute, normalize } from 'node:path';
import { readDuration } from '../model/duration.ts';
import { defaultPool, isPoolName } from '../model/names.ts';
import { readReserve } from '../model/reserve.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
export type LogFormat = 'json' | 'pretty';

/** An option of the command line. */
export interface Option {
  /** Its environment variable, if it has one. */
  env?: string;
  /** Placeholder of its value in the help text. */
  value: string;
  text: string;
  default?: string;
  /** May be given several times; the variable then holds a comma-separated list. */
  repeatable?: true;
  /** Returns what is wrong with one value and what to use instead, or undefined. */
  problem: (value: string) => string | undefined;
}

/** The options of a command by name. */
export type Options = Record<string, Option>;

export const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export const oneOf = (choices: readonly string[]) => (value: string) =>
  choices.includes(value) ? undefined : `use one of ${choices.join(', ')}`;

/** The options of the daemon. */
export const options = {
  kubeconfig: {
    env: 'KUBECONFIG',
    value: 'FILE',
    text: 'kubeconfig file; without it, the daemon uses the ServiceAccount of its pod',
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
    repeatable: true,
    text: 'existing directory for the volumes, or NAME=PATH with a name that the class parameter "pool" can select; may be given several times; its path must be the same in the pod and on the node',
    problem: baseDirectoryProblem,
  },
  'provisioner-name': {
    env: 'PROVISIONER_NAMES',
    value: 'NAME',
    default: 'hostpath-provisioner,example.com/hostpath',
    repeatable: true,
    text: 'provisioner of the StorageClasses to serve; may be given several times',
    problem: (value) =>
      value.length <= 253 && value.split('/').length <= 2 && value.split('/').every((part) => dnsSubdomain.test(part))
        ? undefined
        : 'use lower-case letters, digits, "-" and ".", and at most one "/"',
  },
  'http-address': {
    env: 'HTTP_ADDRESS',
    value: 'HOST:PORT',
    default: '[::]:8080',
    text: 'address of /healthz, /readyz, /metrics and /volumes; [::] means all IPv4 and IPv6 addresses, port 0 any free port',
    problem: (value) =>
      parseAddress(value) === undefined ? 'use HOST:PORT, such as 127.0.0.1:8080 or [::]:8080' : undefined,
  },
  'grace-period': {
    env: 'GRACE_PERIOD',
    value: 'DURATION',
    text: 'erases a non-empty directory this long after its claim and volume disappeared without a deletion that the daemon saw, such as 24h. It can lose data when the cluster is restored from a backup. Without it, such directories are kept',
    problem: (value) => {
      const ms = readDuration(value);
      return typeof ms === 'number' ? undefined : ms.problem;
    },
  },
  reserve: {
    env: 'RESERVE',
    value: 'SIZE',
    default: '0',
    text: 'part of the base directory that is promised to no volume, such as 10Gi or 5%',
    problem: (value) => {
      const reserve = readReserve(value);
      return 'problem' in reserve ? reserve.problem : undefined;
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
    text: 'json (one object per line) or pretty (for people)',
    problem: oneOf(['json', 'pretty']),
  },
} satisfies Options;

/** A base directory, and the name of its pool. */
export interface BaseDirectoryOption {
  pool: string;
  path: string;
}

/** Reads `PATH` or `NAME=PATH`. A path may contain `=`, as it begins with `/`. */
export function parseBaseDirectory(text: string): BaseDirectoryOption {
  const end = text.startsWith('/') ? -1 : text.indexOf('=');
  return end < 0 ? { pool: defaultPool, path: text } : { pool: text.slice(0, end), path: text.slice(end + 1) };
}

function baseDirectoryProblem(value: string): string | undefined {
  const { pool, path } = parseBaseDirectory(value);
  if (!isPoolName(pool)) return 'use a name of at most 63 lower-case letters, digits and "-" before the "="';
  return isAbsolute(path) && normalize(path) === path && !/.\/$/.test(path) && path !== '/'
    ? undefined
    : 'use an absolute path other than "/", without ".." and without a "/" at its end';
}

/** The host without brackets, or undefined if the text is not an address. */
export function parseAddress(text: string): { host: string; port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (bracketed !== undefined && isIP(bracketed) !== 6) return undefined;
  const host = bracketed ?? plain;
  return host === undefined || port > 65_535 ? undefined : { host, port };
}
