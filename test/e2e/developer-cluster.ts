import { execFile } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { kubernetesPath } from '../control-plane/real/prerequisites.ts';
import { Api } from '../support/api.ts';
import { readmeCommand } from '../support/readme.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
const project = resolve(import.meta.dirname, '../..');

/** Types commands in this repository's folder. */
export const type = (commands: string, env: NodeJS.ProcessEnv = process.env) =>
  run('bash', ['-euc', commands], { cwd: project, env });

export const npmRun = (script: string) => run('npm', ['run', '--silent', script], { cwd: project });

/** The cluster that `npm run cluster:up` starts, seen as its user sees it. */
export class DeveloperCluster {
  readonly api: Api;
  readonly #kubeconfigPath: string;

  private constructor(kubeconfigPath: string) {
    this.api = new Api(kubeconfigPath);
    this.#kubeconfigPath = kubeconfigPath;
  }

  static async up(): Promise<DeveloperCluster> {
    const up = readmeCommand('eval "$(npm run cluster:up --silent)"');
    const { stdout } = await type(`unset KUBECONFIG\n${up}\necho "$KUBECONFIG"`);
    return new DeveloperCluster(stdout.trimEnd());
  }

  get directory(): string {
    return dirname(this.#kubeconfigPath);
  }

  get env(): NodeJS.ProcessEnv {
    return { HOME: this.directory, KUBECONFIG: this.#kubeconfigPath };
  }

  async kubectl(...args: string[]): Promise<string> {
    return (await run(kubernetesPath(), ['kubectl', ...args], { env: this.env })).stdout;
  }

  /** What a pod gets from an address, once it is known everywhere. */
  fetchFrom(pod: string, url: string): Promise<string> {
    const wget = () => this.kubectl('exec', pod, '--', 'timeout', '5', 'wget', '-q', '-O', '-', url);
    return until(`${url} answers`, wget, { everyMs: 200 });
  }
}
