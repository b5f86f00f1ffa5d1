import { execFile } from 'node:child_process';
import { chmod, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { bundlePlugin } from '../../scripts/bundle.ts';
import { kubernetesPath, searchPath } from '../control-plane/real/prerequisites.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const repository = resolve(import.meta.dirname, '../..');

export interface End {
  code: number;
  stdout: string;
  stderr: string;
}

/** Where a user types commands: in a folder with the manifests, with kubectl, the plugin and Node on PATH. */
export class PluginShell implements AsyncDisposable {
  readonly #folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  readonly #kubeconfigPath: string;

  private constructor(folder: Awaited<ReturnType<typeof temporaryDirectory>>, kubeconfigPath: string) {
    this.#folder = folder;
    this.#kubeconfigPath = kubeconfigPath;
  }

  static async open(kubeconfigPath: string): Promise<PluginShell> {
    const folder = await temporaryDirectory();
    const kubectl = join(folder.path, 'kubectl');
    await writeFile(kubectl, `#!/bin/sh\nexec '${kubernetesPath()}' kubectl "$@"\n`);
    await chmod(kubectl, 0o755);
    for (const name of ['rbac', 'manifests']) await symlink(join(repository, name), join(folder.path, name));
    await bundlePlugin({ outfile: join(folder.path, 'kubectl-hostpath_provisioner') });
    return new PluginShell(folder, kubeconfigPath);
  }

  /** Path for a file of the user. */
  path(name: string): string {
    return join(this.#folder.path, name);
  }

  /** Runs commands, whether they fail or not. @param env what differs from the usual surroundings */
  run(commands: string, env: Record<string, string> = {}): Promise<End> {
    const { promise, resolve, reject } = Promise.withResolvers<End>();
    const { path } = this.#folder;
    const surroundings = {
      HOME: path,
      PATH: [path, dirname(process.execPath), searchPath].join(delimiter),
      KUBECONFIG: this.#kubeconfigPath,
      EDITOR: 'true', // which leaves a file as it is
      ...env,
    };
    const args = ['--norc', '-uo', 'pipefail', '-c', commands];
    execFile('bash', args, { cwd: path, env: surroundings, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
      else reject(new Error(`${error.message}\n${stdout}${stderr}`));
    });
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}
