import { readDuration } from '../model/duration.ts';
import { type Reserve, readReserve } from '../model/reserve.ts';
import { readBaseDirectories } from './base-directories.ts';
import { helpText } from './help.ts';
import { type BaseDirectoryOption, type LogFormat, type LogLevel, options, parseAddress } from './options.ts';
import { missing, readOptions } from './read-options.ts';

/** The settings of the daemon, validated. */
export interface Config {
  /** Path of a kubeconfig file; undefined means the ServiceAccount of this pod. */
  readonly kubeconfigPath: string | undefined;
  readonly nodeName: string;
  /** The directories that contain the directories of all volumes: at least one, each of another pool. */
  readonly baseDirectories: readonly BaseDirectoryOption[];
  readonly provisionerNames: readonly string[];
  readonly http: { readonly host: string; readonly port: number };
  /** How long a directory with content is kept when it is abandoned, in milliseconds; undefined keeps it for ever. */
  readonly abandonedGraceMs: number | undefined;
  readonly reserve: Reserve;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export interface Problems {
  problems: string[];
  /** Where the API server is configured, so that problems with it can be reported together with these. */
  server?: { kubeconfigPath: string | undefined };
}

export type ConfigResult = { config: Config } | { help: string } | Problems;

/** Reads the settings from flags and, for an absent flag, its environment variable. Reports all problems together. */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): ConfigResult {
  const { values, positionals, help, problems } = readOptions<keyof typeof options>(options, args, env);
  if (help) return { help: helpText() };
  problems.unshift(...positionals.map((text) => `${JSON.stringify(text)} is not an option: see --help`));
  problems.push(...missing(values, env));
  const baseDirectories = readBaseDirectories(values['base-directory']);
  problems.push(...baseDirectories.problems);
  const one = (name: keyof typeof options): string => values[name].at(-1) ?? '';
  const http = parseAddress(one('http-address'));
  const reserve = readReserve(one('reserve'));
  const kubeconfigPath = values.kubeconfig.at(-1);
  if (problems.length > 0 || http === undefined || 'problem' in reserve)
    return { problems, server: { kubeconfigPath } };
  return {
    config: Object.freeze({
      kubeconfigPath,
      nodeName: one('node-name'),
      baseDirectories: baseDirectories.found,
      provisionerNames: [...new Set(values['provisioner-name'])],
      http,
      abandonedGraceMs: values['grace-period'].length === 0 ? undefined : Number(readDuration(one('grace-period'))),
      reserve,
      logLevel: one('log-level') as LogLevel,
      logFormat: one('log-format') as LogFormat,
    }),
  };
}
