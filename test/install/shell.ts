import { execFile } from 'node:child_process';
import { chmod, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { kubernetesPath, searchPath } from '../control-plane/real/prerequisites.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { helmPath, requirePrograms } from './programs.ts';

const repository = resolve(import.meta.dirname, '../..');

type Home = Awaited<ReturnType<typeof temporaryDirectory>>;

interface End {
  code: number;
  stdout: string;
  stderr: string;
}

/** A shell for as long as a fixture lives. */
export async function shellUntil(
  onCleanup: (end: () => Promise<void>) => void,
  env: { KUBECONFIG?: string } = {},
): Promise<Shell> {
  const shell = await Shell.open(env);
  onCleanup(() => shell[Symbol.asyncDispose]());
  return shell;
}

/** Where a user types commands: in this repository's folder, with kubectl and helm, and nothing in the home directory. */
export class Shell implements AsyncDisposable {
  readonly #home: Home;
  readonly #env: Record<string, string>;

  private constructor(home: Home, env: Record<string, string>) {
    this.#home = home;
    this.#env = env;
  }

  static async open(env: { KUBECONFIG?: string } = {}): Promise<Shell> {
    requirePrograms();
    const home = await temporaryDirectory();
    const kubectl = join(home.path, 'kubectl');
    await writeFile(kubectl, `#!/bin/sh\nexec '${kubernetesPath()}' kubectl "$@"\n`);
    await chmod(kubectl, 0o755);
    await symlink(helmPath, join(home.path, 'helm'));
    return new Shell(home, { HOME: home.path, PATH: [home.path, searchPath].join(delimiter), ...env });
  }

  /** @returns what the commands print on standard output. @throws {Error} with all that they print when one of them fails */
  async run(commands: string): Promise<string> {
    const { code, stdout, stderr } = await this.#end(commands);
    if (code !== 0) throw new Error(`exit status ${code} of: ${commands}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Runs commands that must be refused. @returns what they complain of */
  async refused(commands: string): Promise<string> {
    const { code, stdout, stderr } = await this.#end(commands);
    if (code === 0) throw new Error(`not refused: ${commands}\n${stdout}${stderr}`);
    return stderr;
  }

  #end(commands: string): Promise<End> {
    const { promise, resolve, reject } = Promise.withResolvers<End>();
    const args = ['--norc', '-euo', 'pipefail', '-c', commands];
    execFile('bash', args, { cwd: repository, env: this.#env, timeout: 100_000 }, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
      else reject(new Error(`${error.message}\n${stdout}${stderr}`));
    });
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#home[Symbol.asyncDispose]();
  }
}
