import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { archive } from '../../../scripts/release/archive.ts';
import { checksumProblems, checksumsName, writeChecksums } from '../../../scripts/release/checksums.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

async function folderWith(names: string[]) {
  const directory = await temporaryDirectory();
  for (const name of names) writeFileSync(join(directory.path, name), name);
  await writeChecksums(directory.path);
  return directory;
}

test('sha256sum checks the checksums', async () => {
  await using folder = await folderWith(['a', 'b.tgz']);
  expect(execFileSync('sha256sum', ['--check', checksumsName], { cwd: folder.path, encoding: 'utf8' })).toBe(
    'a: OK\nb.tgz: OK\n',
  );
  expect(await checksumProblems(folder.path)).toEqual([]);
});

test('A file that is changed, missing or new is found', async () => {
  await using folder = await folderWith(['changed', 'missing']);
  writeFileSync(join(folder.path, 'changed'), 'otherwise');
  rmSync(join(folder.path, 'missing'));
  writeFileSync(join(folder.path, 'new'), '');
  expect(await checksumProblems(folder.path)).toEqual([
    'new has no checksum',
    'changed has another checksum',
    'missing is missing',
  ]);
});

test('An archive has the same bytes whoever makes it, and whenever', async () => {
  await using first = await folderWith(['a', 'b']);
  await using second = await folderWith(['b', 'a']);
  expect(archive(first.path, ['a', 'b'], 0).equals(archive(second.path, ['b', 'a'], 0))).toBe(true);
});
