import { spawn } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { retryDelayMs } from './retry-delay.ts';

/** The `exec` of a user in a kubeconfig: a program that prints credentials. */
export interface PluginConfig {
  apiVersion?: string;
  command?: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  /** Where to get the program, in words for people. */
  installHint?: string;
  provideClusterInfo?: boolean;
  interactiveMode?: string;
}

/** What a plugin printed. */
export interface PluginCredentials {
  token: string | undefined;
  /** In PEM. */
  certificate: { cert: string; key: string } | undefined;
}

export interface PluginOptions {
  config: PluginConfig;
  /** What the plugin is told of the cluster, if its kubeconfig wants that. */
  cluster: object;
  /** Variables that the plugin gets besides those of its kubeconfig. */
  environment: NodeJS.ProcessEnv;
  /** Longest run, in milliseconds. */
  withinMs: number;
  /** Told of a run that failed while the credentials of the run before still serve. */
  onTrouble: (problem: Error) => void;
}

/** The versions of the protocol that kubectl speaks. */
export const pluginVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** A plugin whose credentials were refused at once is not run again before this time, in milliseconds. */
const restMs = 5_000;

/** Credentials are renewed in the last tenth of their time, at most this long before its end, in milliseconds. */
const renewBeforeMs = 60_000;

const longestOutput = 1024 * 1024;
const longestTextInMessage = 500;

/**
 * Runs a credential plugin as kubectl does (client-go, plugin/pkg/client/auth/exec), without a terminal. One run serves
 * everybody who asks meanwhile. Credentials are renewed before they expire, while the old ones serve. A run that takes too
 * long is killed. After a failure, the next run waits for a growing delay, and the failure answers until then.
 */
export class CredentialPlugin {
  readonly #options: PluginOptions;
  #current: PluginCredentials | undefined;
  #expiresAt = Number.POSITIVE_INFINITY;
  #renewAt = Number.POSITIVE_INFINITY;
  #ranAt = Number.NEGATIVE_INFINITY;
  #running: Promise<PluginCredentials> | undefined;
  #failure: { error: Error; count: number; until: number } | undefined;
  #stop = new AbortController();

  constructor(options: PluginOptions) {
    this.#options = options;
  }

  /** @throws {Error} that says what is wrong with the plugin */
  async credentials(): Promise<PluginCredentials> {
    const now = Date.now();
    if (this.#current === undefined || now >= this.#expiresAt) return this.#run();
    if (now >= this.#renewAt) this.#run().catch(this.#options.onTrouble);
    return this.#current;
  }

  /** The server does not take these credentials: the next ones come from another run. */
  reject(credentials: PluginCredentials): void {
    if (credentials === this.#current && Date.now() - this.#ranAt >= restMs) this.#current = undefined;
  }

  /** Kills a run that is under way. */
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
      const error = new Error(`credential plugin ${config.command}: ${problem}`, { cause });
      const count = (this.#failure?.count ?? 0) + 1;
      this.#failure = { error, count, until: Date.now() + retryDelayMs(count) };
      throw error;
    }
  }

  /** What the program prints, once it has ended well. */
  #output(): Promise<string> {
    const { config, withinMs } = this.#options;
    return new Promise((resolve, reject) => {
      // As the leader of a group of processes, so that the end of a plugin that hangs is the end of what it started, too.
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
        child.stdout?.destroy(); // none where no file could be opened any more
        child.stderr?.destroy();
        finish();
      };
      const timer = setTimeout(() => {
        kill();
        end(() => reject(new Error(`it did not end within ${withinMs / 1_000} s and was killed`)));
      }, withinMs);
      this.#stop.signal.addEventListener('abort', kill, { once: true });
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        if (printed.length <= longestOutput) return;
        kill();
        end(() => reject(new Error('it printed more than 1 MiB and was killed')));
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        complaints = (complaints + text).slice(-longestTextInMessage);
      });
      child.on('close', (code, signal) =>
        end(() => (code === 0 ? resolve(printed) : reject(endProblem(code, signal, complaints)))),
      );
    });
  }

  /** What client-go sets, in its order: the process's own variables, those of the kubeconfig, and what the plugin is told. */
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
    // It has just ended by itself.
  }
}

function startProblem(error: Error, { installHint }: PluginConfig): Error {
  const missing = 'code' in error && error.code === 'ENOENT';
  if (!missing) return new Error(`it cannot be run: ${error.message}`);
  return new Error(`it is not installed${installHint ? `: ${oneLine(installHint)}` : ''}`);
}

function endProblem(code: number | null, signal: NodeJS.Signals | null, complaints: string): Error {
  const end = signal === null ? `it failed with exit status ${code}` : `it was ended by ${signal}`;
  const text = oneLine(complaints);
  return new Error(text === '' ? end : `${end}: ${text}`);
}

const oneLine = (text: string): string => text.replaceAll(/[\p{C}\s]+/gu, ' ').trim();

/** The parts of an ExecCredential that are read. A program may print anything. */
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

/** @throws {Error} that quotes nothing of what was printed, which may be a bare token */
function readAnswer(printed: string, apiVersion: unknown): { credentials: PluginCredentials; expiresAt: number } {
  let answer: Answer | null;
  try {
    answer = JSON.parse(printed);
  } catch {
    throw new Error('what it printed is not JSON');
  }
  if (answer?.kind !== 'ExecCredential') throw new Error('what it printed is no ExecCredential');
  if (answer.apiVersion !== apiVersion) throw new Error(`it does not answer in version ${apiVersion}`);
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = answer.status ?? {};
  if (!isText(token) && !isText(cert) && !isText(key)) {
    throw new Error('it printed neither a token nor a certificate');
  }
  if (isText(cert) !== isText(key)) throw new Error('it printed only one of certificate and key');
  const certificate = isText(cert) && isText(key) ? { cert, key } : undefined;
  if (certificate !== undefined && !isPair(certificate)) throw new Error('its certificate and key are no pair');
  const expiresAt = expirationTimestamp == null ? Number.POSITIVE_INFINITY : Date.parse(String(expirationTimestamp));
  if (Number.isNaN(expiresAt)) throw new Error('the expirationTimestamp that it printed is no time');
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
