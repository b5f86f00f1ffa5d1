import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import type { Finding } from '../../src/plugin/doctor/finding.ts';
import { until } from '../support/until.ts';
import type { PluginShell } from './plugin-shell.ts';
import type { TestCluster } from './test-cluster.ts';

/** Types `doctor` as a user does, and remembers what it has found on this cluster. */
export class Doctor {
  readonly shell: PluginShell;
  readonly #cluster: TestCluster;
  readonly #seen = new Map<string, Finding>();
  /** The checks whose commands were typed. */
  readonly typed = new Set<string>();

  constructor(shell: PluginShell, cluster: TestCluster) {
    this.shell = shell;
    this.#cluster = cluster;
  }

  /** The checks that have found something. */
  get seen(): Set<string> {
    return new Set([...this.#seen.values()].filter(({ level }) => level !== 'OK').map(({ check }) => check));
  }

  async findings(env: Record<string, string> = {}): Promise<Finding[]> {
    const { stdout, stderr } = await this.shell.run('kubectl hostpath-provisioner doctor -o json', env);
    if (stdout === '') throw new Error(stderr);
    const { items }: { items: Finding[] } = JSON.parse(stdout);
    for (const found of items) this.#seen.set(`${found.check} ${found.subject}`, found);
    return items;
  }

  /** Waits until all these are found, whatever is found beside them. @param meanwhile before each look */
  async finds(expected: Partial<Finding>[], meanwhile?: () => Promise<void>): Promise<void> {
    const check = async () => {
      await meanwhile?.();
      const found = await this.findings();
      const missing = expected.filter((each) => !found.some((one) => isLike(one, each)));
      if (missing.length > 0)
        throw new Error(`${JSON.stringify(missing)} among ${JSON.stringify(found, undefined, 1)}`);
      return true;
    };
    await until('doctor finds it', check, { withinMs: 120_000, everyMs: 500 });
  }

  /** Waits until none of these checks finds anything. */
  async findsNoMore(...names: string[]): Promise<void> {
    const check = async () => {
      const left = (await this.findings()).filter((found) => names.includes(found.check));
      if (left.length > 0) throw new Error(JSON.stringify(left));
      return true;
    };
    await until(`${names} are mended`, check, { withinMs: 60_000, everyMs: 500 });
  }

  /** Types the command that was shown last: on the node if it says so, otherwise where the plugin is. @returns what it prints */
  async type(check: string, subject: string, env: Record<string, string> = {}): Promise<string> {
    const command = this.#seen.get(`${check} ${subject}`)?.command ?? 'exit 1 # not found';
    const { enter, node } = this.#cluster.node;
    this.typed.add(check);
    if (command.endsWith(` # on node ${node}`)) {
      const [program = '', ...args] = [...enter, 'sh', '-c', command];
      return execFileSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env } });
    }
    const { code, stdout, stderr } = await this.shell.run(command, env);
    if (code !== 0) throw new Error(`exit status ${code} of: ${command}\n${stdout}${stderr}`);
    return stdout;
  }
}

/** Texts may be patterns of `expect`. */
function isLike(found: Finding, expected: Partial<Finding>): boolean {
  try {
    expect(found).toMatchObject(expected);
    return true;
  } catch {
    return false;
  }
}
