import { execFile } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { test as base, expect } from 'vitest';
import { bundlePlugin } from '../../scripts/bundle.ts';
import { version } from '../../src/model/version.ts';
import { serverOf20Claims } from '../support/server-of-claims.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const longestBytes = 1_000_000;
const name = 'kubectl-hostpath_provisioner';

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('folder', { scope: 'file' }, async ({}, { onCleanup }) => {
    const folder = await temporaryDirectory();
    onCleanup(() => folder[Symbol.asyncDispose]());
    await bundlePlugin({ outfile: join(folder.path, name) });
    return folder.path;
  });

/** Runs the file itself, as kubectl does. @param node the directory of Node, first on PATH */
const run = (path: string, args: string[], node = dirname(process.execPath)) =>
  promisify(execFile)(path, args, { env: { PATH: `${node}:${process.env.PATH}`, NODE_OPTIONS: '' } });

test('The bundle is one executable file, small enough to load at once', async ({ folder }) => {
  const { size, mode } = await stat(join(folder, name));
  expect(size).toBeLessThanOrEqual(longestBytes);
  expect(mode & 0o111).toBe(0o111);
});

test.for([
  ['no package.json', undefined],
  ['one of CommonJS', 'commonjs'],
  ['one of modules', 'module'],
] as const)(
  'It runs beside %s, as it has no extension that would tell Node what it is',
  async ([, type], { folder }) => {
    const home = join(folder, type ?? 'none');
    await mkdir(home);
    if (type !== undefined) await writeFile(join(home, 'package.json'), JSON.stringify({ type }));
    const path = join(home, name);
    await writeFile(path, await readFile(join(folder, name)), { mode: 0o755 });
    expect((await run(path, ['--help'])).stdout).toContain('Usage: kubectl hostpath-provisioner COMMAND [flags]');
  },
);

test('It lists 20 claims', async ({ folder }) => {
  const { server, args } = await serverOf20Claims(folder);
  await using _ = server;
  const { stdout } = await run(join(folder, name), args);
  expect(stdout.trim().split('\n')).toHaveLength(20);
});

test('It says its own version where no cluster is', async ({ folder }) => {
  const args = ['version', '--kubeconfig', join(folder, 'missing')];
  await expect(run(join(folder, name), args)).rejects.toMatchObject({
    code: 1,
    stdout: `plugin    ${version}\n`,
    stderr: expect.stringContaining(join(folder, 'missing')),
  });
});

test('It says what it needs where Node is too old', async ({ folder }) => {
  const old = join(folder, 'old');
  await mkdir(old);
  const preload = join(old, 'preload.cjs');
  await writeFile(preload, "Object.defineProperty(process.versions, 'node', { value: '22.18.0' });");
  const script = `#!/bin/sh\nexec '${process.execPath}' --require '${preload}' "$@"\n`;
  await writeFile(join(old, 'node'), script, { mode: 0o755 });
  await expect(run(join(folder, name), ['--help'], old)).rejects.toMatchObject({
    code: 1,
    stderr: 'hostpath-provisioner: Node 22.18.0 is too old: put Node 22.19 or newer first on PATH\n',
  });
});

test('The script for completion asks the plugin through kubectl', async ({ folder }) => {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'kubectl'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  const { stdout } = await run(join(folder, 'kubectl_complete-hostpath_provisioner'), ['volumes', '-n', 'ka'], bin);
  expect(stdout).toBe('hostpath-provisioner __complete volumes -n ka\n');
});
