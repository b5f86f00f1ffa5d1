import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { makeUnlessCurrent } from './stamped-file.ts';

const progressEveryMs = 15_000;

/** A program of a Go module of this repository. */
export interface GoProgram {
  /** For people, such as `Kubernetes v1.37.2`. */
  title: string;
  /** The module's folder; all of the program's own sources are in it. */
  sources: string;
  /** Path of the module file, with a `.sum` file beside it. Default: the folder's `go.mod`. */
  moduleFile?: string;
  /** The package to compile, of a module that this one requires. Default: the folder's own. */
  package?: string;
  /** Where the program is put, with a stamp beside it that tells what it was built from. */
  path: string;
  linkerFlags: readonly string[];
  /** How long a build takes on 2 cores when nothing is in the Go build cache. */
  firstBuild: string;
}

/**
 * Compiles the program, unless it is there and current.
 * @throws {Error} that says what to install when Go is missing
 */
export async function buildGoProgram(program: GoProgram): Promise<void> {
  const { title, path } = program;
  const goVersion = requireGo(program);
  const built = await makeUnlessCurrent(path, stampOf(program, goVersion), (unfinishedPath) =>
    build(program, goVersion, unfinishedPath),
  );
  if (!built) console.log(`${shown(path)} is current (${title})`);
}

function requireGo(program: GoProgram): string {
  try {
    return execFileSync('go', ['version'], { cwd: program.sources, encoding: 'utf8' }).trim();
  } catch (cause) {
    const [needed] = /^go .*$/m.exec(readFileSync(moduleFileOf(program), 'utf8')) ?? ['go'];
    const what = `${program.title} cannot be built, because "go version" does not run`;
    throw new Error(`${what}: install ${needed} or later from https://go.dev/dl`, { cause });
  }
}

const moduleFileOf = ({ sources, moduleFile }: GoProgram) => moduleFile ?? join(sources, 'go.mod');

const moduleFlags = ({ moduleFile }: GoProgram) => (moduleFile === undefined ? [] : [`-modfile=${moduleFile}`]);

// Without -buildvcs=false every commit here would make the program another one.
const buildFlags = ({ linkerFlags }: GoProgram) => [
  '-trimpath',
  '-buildvcs=false',
  `-ldflags=${linkerFlags.join(' ')}`,
];

/** Changes whenever the program would. */
function stampOf(program: GoProgram, goVersion: string): string {
  const hash = createHash('sha256');
  const goFiles = readdirSync(program.sources).filter((file) => file.endsWith('.go'));
  for (const file of goFiles.sort()) hash.update(readFileSync(join(program.sources, file)));
  const moduleFile = moduleFileOf(program);
  for (const file of [moduleFile, moduleFile.replace(/\.mod$/, '.sum')]) hash.update(readFileSync(file));
  const asked = [goVersion, buildFlags(program), program.package].filter((part) => part !== undefined);
  return hash.update(JSON.stringify(asked)).digest('hex');
}

async function build(program: GoProgram, goVersion: string, unfinishedPath: string): Promise<void> {
  const { title, sources, path, firstBuild, package: main = '.' } = program;
  console.log(`building ${title} into ${shown(path)} with ${goVersion}`);
  console.log(`a first build takes about ${firstBuild} on 2 cores; later ones use the Go build cache`);
  const go = new Go(sources);
  const report = setInterval(() => console.log(`${go.elapsed()}: ${go.progress()}`), progressEveryMs);
  try {
    await go.countPackages(...moduleFlags(program), main);
    await go.run('build', '-v', ...moduleFlags(program), ...buildFlags(program), '-o', unfinishedPath, main);
  } finally {
    clearInterval(report);
  }
  console.log(`built after ${go.elapsed()}: ${go.progress()}`);
}

/** Runs the go command and counts what it tells on its standard error: a line a module fetched and a package compiled. */
class Go {
  readonly #sources: string;
  readonly #startedAt = performance.now();
  #fetched = 0;
  #compiled = 0;
  #packages = 0;

  constructor(sources: string) {
    this.#sources = sources;
  }

  elapsed(): string {
    const seconds = Math.round((performance.now() - this.#startedAt) / 1_000);
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }

  progress(): string {
    const all = this.#packages === 0 ? '' : ` of ${this.#packages} (compiled earlier ones are not counted)`;
    return `${this.#fetched} modules fetched, ${this.#compiled} packages compiled${all}`;
  }

  async countPackages(...flagsAndMain: string[]): Promise<void> {
    this.#packages = (await this.run('list', '-deps', ...flagsAndMain)).length;
  }

  /** @returns the lines of standard output */
  async run(...args: string[]): Promise<string[]> {
    const child = spawn('go', args, { cwd: this.#sources, stdio: ['ignore', 'pipe', 'pipe'] });
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
