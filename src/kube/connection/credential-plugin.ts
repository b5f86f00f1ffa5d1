import { spawn } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { retryDelayMs } from './retry-delay.ts';

/** The field `exec` of a user in a kubeconfig: a program that prints credentials. */
export interface PluginConfig {
  apiVersion?: string;
  command?: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  /** How to install the program, for people. */
  installHint?: string;
  provideClusterInfo?: boolean;
  interactiveMode?: string;
}

/** The credentials that a plugin printed. */
export interface PluginCredentials {
  token: string | undefined;
  /** In PEM. */
  certificate: { cert: string; key: string } | undefined;
}

export interface PluginOptions {
  config: PluginConfig;
  /** Passed to the plugin if the kubeconfig sets `provideClusterInfo`. */
  cluster: object;
  /** Environment variables of the plugin, besides those in the kubeconfig. */
  environment: NodeJS.ProcessEnv;
  /** Time limit for a run, in milliseconds. */
  withinMs: number;
  /** Called when a run failed while the previous credentials are still valid. */
  onTrouble: (problem: Error) => void;
}

/** The versions of the protocol that kubectl speaks. */
export const pluginVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** Shortest time between two runs after the server rejected the credentials, in milliseconds. */
const restMs = 5_000;

/** Credentials are renewed in the last tenth of their lifetime, at most this long before they expire, in milliseconds. */
const renewBeforeMs = 60_000;

const longestOutput = 1024 * 1024;
const longestTextInMessage = 500;

/**
 * Runs a credential plugin as kubectl does (client-go, plugin/pkg/client/auth/exec), without a terminal. Concurrent callers
 * share one run. Credentials are renewed before they expire, while callers get the old ones. A run that takes too long is
 * killed. After a failure, the next run waits for a growing delay, and callers get the same failure until then.
 */
export class CredentialPlugin {
  readonly #options: PluginOptions;
  #current: PluginCredentials | undefined;
  #expiresAt = Number.POSITIVE_INFINITY;
  #renewAt = Number.POSITIVE_INFINITY;
  #ranAt = Number.NEGATIVE_INFINITY;
  #running: Promise<PluginCredentials> | undefined;
  #failure: { error: Error; count: number; until: number } | undefined;
  readonly #stop = new AbortController();

  constructor(options: PluginOptions) {
    this.#options = options;
  }

  /** @throws {Error} when the plugin fails */
  async credentials(): Promise<PluginCredentials> {
    const now = Date.now();
    if (this.#current === undefined || now >= this.#expiresAt) return this.#run();
    if (now >= this.#renewAt) this.#run().catch(this.#options.onTrouble);
    return this.#current;
  }

  /** The server rejected these credentials: the next ones come from another run. */
  reject(credentials: PluginCredentials): void {
    if (credentials === this.#current && Date.now() - this.#ranAt >= restMs) this.#current = undefined;
  }

  /** Kills a running plugin. */
  close(): void {
    this.#stop.abort();
  }

  #run(): Promise<PluginCredentials> {
    if (this.#failure !== undefined && Date.now() < this.#failure.until) return Promise.reject(this.#failure.error);
    this.#running ??= this.#runNow().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #runNow(): Promise<PluginCredentials> {
    const { config } = this.#options;
    try {
      const { credentials, expiresAt } = readAnswer(await this.#output(), config.apiVersion);
      const now = Date.now();
      this.#failure = undefined;
      this.#current = credentials;
      this.#ranAt = now;
      this.#expiresAt = expiresAt;
      this.#renewAt = expiresAt - Math.min(renewBeforeMs, (expiresAt - now) / 10);
      return credentials;
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      const error = new Error(`credential plugin ${config.command} ${problem}`, { cause });
      const count = (this.#failure?.count ?? 0) + 1;
      this.#failure = { error, count, until: Date.now() + retryDelayMs(count) };
      throw error;
    }
  }

  /** The output of the program after it has exited with status 0. */
  #output(): Promise<string> {
    const { config, withinMs } = this.#options;
    return new Promise((resolve, reject) => {
      // As leader of a process group, so that killing a hung plugin also kills the processes that it started.
      const child = spawn(config.command ?? '', config.args ?? [], {
        env: this.#environment(),
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      child.on('error', (error) => end(() => reject(startProblem(error, config))));
      let printed = '';
      let complaints = '';
      const kill = () => child.pid !== undefined && killGroup(child.pid);
      const end = (finish: () => void) => {
        clearTimeout(timer);
        this.#stop.signal.removeEventListener('abort', kill);
        child.stdout?.destroy(); // undefined when the process ran out of file descriptors
        child.stderr?.destroy();
        finish();
      };
      const timer = setTimeout(() => {
        kill();
        end(() => reject(new Error(`did not exit within ${withinMs / 1_000} s and was killed`)));
      }, withinMs);
      this.#stop.signal.addEventListener('abort', kill, { once: true });
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        if (printed.length <= longestOutput) return;
        kill();
        end(() => reject(new Error('printed more than 1 MiB and was killed')));
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        complaints = (complaints + text).slice(-longestTextInMessage);
      });
      child.on('close', (code, signal) =>
        end(() => (code === 0 ? resolve(printed) : reject(endProblem(code, signal, complaints)))),
      );
    });
  }

  /** As client-go sets it, in this order: variables of this process, of the kubeconfig, and KUBERNETES_EXEC_INFO. */
  #environment(): NodeJS.ProcessEnv {
    const { config, cluster, environment } = this.#options;
    const told = {
      kind: 'ExecCredential',
      apiVersion: config.apiVersion,
      spec: { interactive: false, ...(config.provideClusterInfo ? { cluster } : {}) },
    };
    return {
      ...environment,
      ...Object.fromEntries((config.env ?? []).map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify(told),
    };
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just exited.
  }
}

function startProblem(error: Error, { installHint }: PluginConfig): Error {
  const missing = 'code' in error && error.code === 'ENOENT';
  if (!missing) return new Error(`cannot be started: ${error.message}`);
  return new Error(`is not installed${installHint ? `: ${oneLine(installHint)}` : ''}`);
}

function endProblem(code: number | null, signal: NodeJS.Signals | null, complaints: string): Error {
  const end = signal === null ? `failed with exit status ${code}` : `was killed by ${signal}`;
  const text = oneLine(complaints);
  return new Error(text === '' ? end : `${end}: ${text}`);
}

const oneLine = (text: string): string => text.replaceAll(/[\p{C}\s]+/gu, ' ').trim();

/** The fields of an ExecCredential that are read. A program may print anything. */
interface Answer {
  kind?: unknown;
  apiVersion?: unknown;
  status?: {
    token?: unknown;
    clientCertificateData?: unknown;
    clientKeyData?: unknown;
    expirationTimestamp?: unknown;
  } | null;
}

/** @throws {Error} that quotes nothing of the output, which may be a bare token */
function readAnswer(printed: string, apiVersion: unknown): { credentials: PluginCredentials; expiresAt: number } {
  let answer: Answer | null;
  try {
    answer = JSON.parse(printed);
  } catch {
    throw new Error('printed something that is not JSON');
  }
  if (answer?.kind !== 'ExecCredential') throw new Error('printed something that is not an ExecCredential');
  if (answer.apiVersion !== apiVersion) throw new Error(`answered in another version than ${apiVersion}`);
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = answer.status ?? {};
  if (!isText(token) && !isText(cert) && !isText(key)) {
    throw new Error('printed neither a token nor a certificate');
  }
  if (isText(cert) !== isText(key)) throw new Error('printed only one of certificate and key');
  const certificate = isText(cert) && isText(key) ? { cert, key } : undefined;
  if (certificate !== undefined && !isPair(certificate))
    throw new Error('printed a certificate and a key that do not match');
  const expiresAt = expirationTimestamp == null ? Number.POSITIVE_INFINITY : Date.parse(String(expirationTimestamp));
  if (Number.isNaN(expiresAt)) throw new Error('printed an expirationTimestamp that is not a time');
  return { credentials: { token: isText(token) ? token : undefined, certificate }, expiresAt };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

function isPair({ cert, key }: { cert: string; key: string }): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
