import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Architecture, architectures, readArchitectures } from '../../scripts/image/architectures.ts';
import { archivePath, bundlePath, koffiPath, licencesPath, nodePath, project } from '../../scripts/image/paths.ts';
import { licenceFiles } from '../../scripts/licences.ts';
import { missingFor, notInstalled } from '../control-plane/real/prerequisites.ts';
import { describeUnless, withoutLinuxAndRoot } from '../support/describe-unless.ts';
import { pageCommand } from '../support/documents.ts';
import { readmeCommand } from '../support/readme.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { filesIn, programsIn, readBinary, resolveIn, type UnpackedImage, unpackImage } from './archive.ts';

const node = '/usr/local/bin/node';
const program = '/hostpath-provisioner.mjs';
const command = '/usr/local/bin/hostpath-provisioner';
const koffi = '/koffi.node';
const machines = { amd64: 'Advanced Micro Devices X86-64', arm64: 'AArch64' };
const [machine] = readArchitectures([]);
const largestBytes = 135 * 2 ** 20;

const describeImage = describeUnless('image', [
  ...withoutLinuxAndRoot(),
  ...missingFor('image'),
  ...notInstalled({ readelf: 'binutils', tar: 'tar' }),
]);

const build = () => execFileSync(process.execPath, ['scripts/image/build.ts', ...architectures], { cwd: project });

describeImage.each(architectures)('the image for %s', (architecture: Architecture) => {
  let image: UnpackedImage;

  beforeAll(async () => {
    build();
    const directory = await temporaryDirectory();
    image = unpackImage(archivePath(architecture), directory.path);
    return () => directory[Symbol.asyncDispose]();
  });

  test('says what it is, and of which version and commit', () => {
    const { version, description, license } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
    const revision = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: project, encoding: 'utf8' }).trim();
    expect(image.configuration).toMatchObject({ os: 'linux', architecture });
    expect(image.configuration.config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'hostpath-provisioner',
      'org.opencontainers.image.description': description,
      'org.opencontainers.image.licenses': license,
      'org.opencontainers.image.source': '', // is told by who publishes it
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.revision': revision,
    });
  });

  test("starts the daemon's program as root, under a malloc that gives memory back", () => {
    const { Entrypoint, Cmd, User, Env } = image.configuration.config;
    expect({ Entrypoint, Cmd, User }).toEqual({ Entrypoint: [node, program], Cmd: undefined, User: '0:0' });
    expect(Env).toEqual(
      expect.arrayContaining(['MALLOC_ARENA_MAX=1', 'MALLOC_MMAP_THRESHOLD_=32768', 'MALLOC_TRIM_THRESHOLD_=131072']),
    );
  });

  test.runIf(architecture === machine)('has the command that restore.md types in the pod, by its name', () => {
    const path = image.configuration.config.Env.find((line: string) => line.startsWith('PATH='));
    const env = { PATH: path.slice('PATH='.length) };
    const help = execFileSync('/usr/sbin/chroot', [image.root, 'hostpath-provisioner', 'trash', '--help'], { env });
    expect(help.toString()).toMatch(/^hostpath-provisioner trash: /);
  });

  test('adds Node, the program, what it makes system calls with, its command and licences to its base, and nothing else', () => {
    const licences = [...licenceFiles, 'koffi', 'node'].map((name) => `/licenses/${name}`);
    expect(image.topmost.sort()).toEqual([program, koffi, ...licences, command, node]);
    expect(readFileSync(join(image.root, program))).toEqual(readFileSync(bundlePath));
  });

  test.each([node, koffi])('has %s for its architecture, with all the libraries that are loaded with it', (binary) => {
    const { machine: itsMachine, libraries } = readBinary(join(image.root, binary));
    expect(itsMachine).toBe(machines[architecture]);
    expect(libraries.length).toBeGreaterThan(0);
    const files = filesIn(image.root);
    for (const library of libraries) {
      const [path = `${library} is not there`] = files.filter((file) => basename(file) === library);
      expect([library, readBinary(resolveIn(image.root, path)).machine]).toEqual([library, itsMachine]);
    }
  });

  test.runIf(architecture === machine)('can make system calls', () => {
    const script = `const { load } = require('${koffi}'); console.log(load(null).func('int getpid()')() === process.pid)`;
    expect(execFileSync('/usr/sbin/chroot', [image.root, node, '-e', script], { encoding: 'utf8' })).toBe('true\n');
  });

  test('has no program but Node and the daemon, so neither a shell nor a package manager', () => {
    expect(programsIn(image.root).sort()).toEqual([program, command, node]);
  });

  test('lets nobody but root change anything in it', () => {
    const others = execFileSync('find', [
      image.root,
      '!',
      '-type',
      'l',
      '(',
      '-perm',
      '/022',
      '-o',
      '!',
      '-user',
      '0',
      ')',
    ]);
    expect(others.toString()).toBe('');
  });

  test('has the licences of the libraries, and of each package whose code it has', () => {
    const licences = filesIn(image.root).filter((path) => basename(path) === 'copyright');
    expect(licences.map((path) => path.split('/').at(-2))).toEqual(expect.arrayContaining(['libc6', 'gcc-12-base']));
    const [name, { version }] = [
      'undici',
      JSON.parse(readFileSync(join(project, 'node_modules/undici/package.json'), 'utf8')),
    ];
    for (const [file, text] of [
      ['THIRD-PARTY-LICENSES', `${name} ${version}: MIT`],
      ['node', 'Node.js is licensed for use as follows'],
      ['koffi', ': MIT'],
    ] as const) {
      expect(readFileSync(join(image.root, 'licenses', file), 'utf8')).toContain(text);
    }
  });

  test('says where scanners look which version of each library it has', () => {
    const notes = filesIn(image.root).filter((path) => path.includes('/var/lib/dpkg/status.d/'));
    const names = notes.map((path) => basename(path));
    expect(names).toEqual(expect.arrayContaining(['libc6', 'libstdc++6']));
    for (const path of notes) {
      const note = readFileSync(resolveIn(image.root, path), 'utf8');
      expect(note).toMatch(new RegExp(`^Package: ${basename(path).replaceAll('+', '\\+')}\n[^]*^Version: \\d`, 'm'));
      expect(note).toContain(`Architecture: ${architecture}\n`);
    }
  });

  test('is no larger than it need be', () => {
    expect(statSync(archivePath(architecture)).size).toBeLessThan(largestBytes);
  });

  test('is left as it is when nothing has changed', () => {
    const { mtimeMs } = statSync(archivePath(architecture));
    build();
    expect(statSync(archivePath(architecture)).mtimeMs).toBe(mtimeMs);
  });
});

describeImage('what README.md and install.md tell to type', () => {
  const type = (command: string) => execFileSync('bash', ['-c', command], { cwd: project, encoding: 'utf8' });

  test('stages what the Dockerfile copies, for this machine and for others', () => {
    for (const [command, architecture] of [
      [readmeCommand('npm run image:stage'), machine],
      [pageCommand('docs/install.md', 'npm run image:stage -- arm64'), 'arm64'],
    ] as const) {
      for (const path of [bundlePath, licencesPath]) rmSync(path, { recursive: true, force: true });
      type(command);
      const licences = licenceFiles.map((name) => join(licencesPath, name));
      const staged = [bundlePath, ...licences, nodePath(architecture), koffiPath(architecture)];
      expect(staged.filter((path) => !existsSync(path))).toEqual([]);
    }
  });

  test('builds the image for this machine', () => {
    expect(type(pageCommand('docs/install.md', 'npm run image:build'))).toContain(
      `dist/hostpath-provisioner-${machine}.tar`,
    );
  });
});
