/** `npm run cluster:build`: compiles the real Kubernetes programs into `.build`, unless they are there and current. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { kubernetesPath, missingPrograms } from './prerequisites.ts';

const kubernetesVersion = 'v1.37.2';
const sources = import.meta.dirname;
const stampPath = `${kubernetesPath}.stamp`;
const progressEveryMs = 15_000;

const versions = {
  'k8s.io/component-base/version.gitVersion': kubernetesVersion,
  'k8s.io/component-base/version.gitMajor': '1',
  'k8s.io/component-base/version.gitMinor': '37',
  'k8s.io/client-go/pkg/version.gitVersion': kubernetesVersion,
};
const linkerFlags = ['-s', '-w', ...Object.entries(versions).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
// Without -buildvcs=false every commit here would make the program another one.
const buildFlags = ['-trimpath', '-buildvcs=false', `-ldflags=${linkerFlags}`];

async function main(): Promise<void> {
  const goVersion = requireGo();
  const stamp = stampOf(goVersion);
  if (existsSync(kubernetesPath) && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp) {
    console.log(`${shown(kubernetesPath)} is current (Kubernetes ${kubernetesVersion})`);
  } else {
    await build(goVersion);
    writeFileSync(stampPath, stamp);
  }
  for (const purpose of ['control plane', 'node'] as const) {
    const missing = missingPrograms(purpose);
    console.log(`programs of the ${purpose}: ${missing.length === 0 ? 'all installed' : missing.join('; ')}`);
  }
}

function requireGo(): string {
  try {
    return execFileSync('go', ['version'], { cwd: sources, encoding: 'utf8' }).trim();
  } catch (cause) {
    const [needed] = /^go .*$/m.exec(readFileSync(join(sources, 'go.mod'), 'utf8')) ?? ['go'];
    throw new Error(`"go version" does not run: install ${needed} or later from https://go.dev/dl`, { cause });
  }
}

/** Changes whenever the program would. */
function stampOf(goVersion: string): string {
  const hash = createHash('sha256');
  for (const file of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(sources, file)));
  return hash.update(JSON.stringify([goVersion, buildFlags])).digest('hex');
}

async function build(goVersion: string): Promise<void> {
  console.log(`building Kubernetes ${kubernetesVersion} into ${shown(kubernetesPath)} with ${goVersion}`);
  console.log('a first build takes about 9 minutes on 2 cores; later ones use the Go build cache');
  const go = new Go();
  const report = setInterval(() => console.log(`${go.elapsed()}: ${go.progress()}`), progressEveryMs);
  const unfinishedPath = `${kubernetesPath}.unfinished`;
  mkdirSync(dirname(kubernetesPath), { recursive: true });
  try {
    await go.countPackages();
    await go.run('build', '-v', ...buildFlags, '-o', unfinishedPath, '.');
  } finally {
    clearInterval(report);
  }
  renameSync(unfinishedPath, kubernetesPath);
  console.log(`built after ${go.elapsed()}: ${go.progress()}`);
}

/** Runs the go command and counts what it tells on its standard error: a line a module fetched and a package compiled. */
class Go {
  readonly #startedAt = performance.now();
  #fetched = 0;
  #compiled = 0;
  #packages = 0;

  elapsed(): string {
    const seconds = Math.round((performance.now() - this.#startedAt) / 1_000);
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }

  progress(): string {
    const all = this.#packages === 0 ? '' : ` of ${this.#packages} (compiled earlier ones are not counted)`;
    return `${this.#fetched} modules fetched, ${this.#compiled} packages compiled${all}`;
  }

  async countPackages(): Promise<void> {
    this.#packages = (await this.run('list', '-deps', '.')).length;
  }

  /** @returns the lines of standard output */
  async run(...args: string[]): Promise<string[]> {
    const child = spawn('go', args, { cwd: sources, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: string[] = [];
    const complaints: string[] = [];
    createInterface(child.stdout).on('line', (line) => output.push(line));
    createInterface(child.stderr).on('line', (line) => {
      if (line.startsWith('go: downloading ')) this.#fetched++;
      else if (/^[\w.~/-]+$/.test(line)) this.#compiled++;
      else complaints.push(line);
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`go ${args[0]} failed (exit code ${code}):\n${complaints.join('\n')}`);
    return output;
  }
}

const shown = (path: string): string => relative(process.cwd(), path);

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
