import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeUnlessCurrent } from '../../scripts/stamped-file.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const writing = (text: string) => (path: string) => writeFileSync(path, text, { flag: 'wx' });

test('Makes what is not there, with its folder', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'new/file');
  expect(await makeUnlessCurrent(path, 'stamp', writing('content'))).toBe(true);
  expect(readFileSync(path, 'utf8')).toBe('content');
});

test('Leaves what was made of the same', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'file');
  await makeUnlessCurrent(path, 'stamp', writing('first'));
  expect(await makeUnlessCurrent(path, 'stamp', writing('second'))).toBe(false);
  expect(readFileSync(path, 'utf8')).toBe('first');
});

test.each([
  ['was made of something else', (path: string) => writeFileSync(`${path}.stamp`, 'other')],
  ['has no stamp', (path: string) => rmSync(`${path}.stamp`)],
  ['is gone, although its stamp is there', (path: string) => rmSync(path)],
])('Makes anew what %s', async (_, change) => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'file');
  await makeUnlessCurrent(path, 'stamp', writing('first'));
  change(path);
  expect(await makeUnlessCurrent(path, 'stamp', writing('second'))).toBe(true);
  expect(readFileSync(path, 'utf8')).toBe('second');
});

test('Takes nothing half made for the file', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'file');
  const failing = (unfinishedPath: string) => {
    writeFileSync(unfinishedPath, 'half');
    throw new Error('no space');
  };
  await expect(makeUnlessCurrent(path, 'stamp', failing)).rejects.toThrow('no space');
  expect(existsSync(path)).toBe(false);
  expect(await makeUnlessCurrent(path, 'stamp', writing('whole'))).toBe(true);
  expect(readFileSync(path, 'utf8')).toBe('whole');
});
