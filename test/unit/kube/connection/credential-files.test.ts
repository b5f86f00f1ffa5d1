import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CredentialFiles } from '../../../../src/kube/connection/credential-files.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';

test('a file is read anew each time', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'token');
  const files = new CredentialFiles();
  await writeFile(path, 'one');
  expect(await files.read(path)).toBe('one');
  await writeFile(path, 'two');
  expect(await files.read(path)).toBe('two');
});

test('one that does not come is given up, and a pipe is read once', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'pipe');
  execFileSync('mkfifo', [path]);
  const files = new CredentialFiles(100);
  await expect(files.read(path)).rejects.toThrow('not readable within 0.1 s');
  await writeFile(path, 'text');
  await expect.poll(() => files.read(path).catch(() => undefined)).toBe('text');
  expect(await files.read(path)).toBe('text');
});

test.each([
  ['/nowhere/token', 'no such file (ENOENT)'],
  ['/', 'is a directory (EISDIR)'],
])('%s: %s', async (path, problem) => {
  await expect(new CredentialFiles().read(path)).rejects.toThrow(problem);
});
