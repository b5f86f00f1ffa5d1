import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, constants, linkSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fingerprint } from '../support/fingerprint.ts';
import { memory } from '../support/memory.ts';
import { anybody, eraseWhole, isRoot, newStorage, recordOf, volume } from '../unit/disk/support.ts';
import { scaled } from './scale.ts';

async function newVolume(where?: string) {
  const made = newStorage(where);
  const { path } = await made.storage.makeDirectory(recordOf(volume), anybody);
  writeFileSync(join(made.decoyPath, 'data'), 'precious');
  return { ...made, path, before: fingerprint(made.decoyPath) };
}

async function erased({ storage }: Awaited<ReturnType<typeof newVolume>>) {
  await storage.trashDirectory(volume);
  return eraseWhole(storage, volume);
}

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

describe('erases', () => {
  test('a directory with very many entries of all kinds, in memory that does not grow with them', async ({
    annotate,
  }) => {
    const made = await newVolume(memory);
    const entries = scaled({ usual: 100_000, full: 1_000_000 });
    const file = join(made.path, 'file');
    writeFileSync(file, '');
    for (let index = 1; index < entries; index++) {
      const path = join(made.path, String(index));
      if (index % 10 === 0) mkdirSync(path);
      else if (index % 10 === 1) symlinkSync(made.decoyPath, path);
      else linkSync(file, path);
    }
    const before = process.memoryUsage.rss();
    let most = before;
    const measuring = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 20);
    const started = performance.now();
    const erasure = await erased(made);
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    clearInterval(measuring);
    await annotate(`${entries} entries: ${seconds} s, at most ${mebibytes(most - before)} MiB more memory`);
    expect(erasure).toEqual({ result: 'erased', entries: entries + 1 });
    expect(mebibytes(most - before)).toBeLessThan(150);
    expect(fingerprint(made.decoyPath)).toEqual(made.before);
  });

  test('a very deep directory', async ({ annotate }) => {
    const made = await newVolume(memory);
    const depth = scaled({ usual: 5_000, full: 200_000 });
    let parent = openSync(made.path, constants.O_DIRECTORY);
    for (let level = 0; level < depth; level++) {
      mkdirSync(`/proc/self/fd/${parent}/d`);
      symlinkSync(made.decoyPath, `/proc/self/fd/${parent}/link`);
      const child = openSync(`/proc/self/fd/${parent}/d`, constants.O_DIRECTORY);
      closeSync(parent);
      parent = child;
    }
    closeSync(parent);
    const started = performance.now();
    expect(await erased(made)).toEqual({ result: 'erased', entries: 2 * depth + 1 });
    await annotate(`${depth} levels: ${Math.round((performance.now() - started) / 100) / 10} s`);
    expect(fingerprint(made.decoyPath)).toEqual(made.before);
  });

  test('names as long as they may be, in paths much longer than a path may be', async () => {
    const made = await newVolume(memory);
    const name = 'é'.repeat(127);
    let parent = openSync(made.path, constants.O_DIRECTORY);
    for (let level = 0; level < 100; level++) {
      const child = `/proc/self/fd/${parent}/${name}`;
      mkdirSync(child);
      writeFileSync(`${child}/..${'x'.repeat(253)}`, '');
      const descriptor = openSync(child, constants.O_DIRECTORY);
      closeSync(parent);
      parent = descriptor;
    }
    closeSync(parent);
    expect(await erased(made)).toEqual({ result: 'erased', entries: 201 });
    expect(fingerprint(made.decoyPath)).toEqual(made.before);
  });

  test.skipIf(!isRoot)('what has any mode: sticky, set-group-id, without any right', async () => {
    const made = await newVolume();
    const modes = [0, 0o1777, 0o2770, 0o4755, 0o7777, 0o111];
    for (const mode of modes) {
      const directory = join(made.path, mode.toString(8));
      mkdirSync(join(directory, 'inner'), { recursive: true });
      writeFileSync(join(directory, 'inner', 'data'), '');
      for (const path of [join(directory, 'inner', 'data'), join(directory, 'inner'), directory]) chmodSync(path, mode);
    }
    expect(await erased(made)).toEqual({ result: 'erased', entries: 3 * modes.length + 1 });
  });
});

describe.skipIf(!isRoot)('says what it cannot erase, and erases it as soon as it can', () => {
  test.each([
    ['an append-only file', 'file', '+a', '-a', /directory\/file: operation not permitted \(EPERM, unlink\).*lsattr/],
    [
      'an append-only directory',
      'full',
      '+a',
      '-a',
      /directory\/full: operation not permitted \(EPERM, rename\).*lsattr/,
    ],
    ['an immutable file', 'file', '+i', '-i', /directory\/file: operation not permitted \(EPERM, unlink\).*lsattr/],
    [
      'an immutable directory',
      'full',
      '+i',
      '-i',
      /directory\/full: operation not permitted \(EPERM, rename\).*lsattr/,
    ],
  ])('%s', async (_, name, attribute, without, problem) => {
    const made = await newVolume();
    const { storage, path, basePath } = made;
    mkdirSync(join(path, 'full'));
    for (const file of ['file', 'full/file']) writeFileSync(join(path, file), '');
    const trashed = join(basePath, '.hostpath-provisioner', 'trash', volume, 'directory', name);
    const chattr = (flag: string, where: string) => execFileSync('chattr', [flag, where]);
    chattr(attribute, join(path, name));
    onTestFinished(() => {
      execFileSync('chattr', ['-R', '-f', without, made.basePath]);
    });
    expect(await erased(made)).toMatchObject({ result: 'left', problems: [expect.stringMatching(problem)] });
    expect(await storage.eraseTrash(volume)).toMatchObject({ result: 'left', entries: 0 });
    chattr(without, trashed);
    expect(await storage.eraseTrash(volume)).toMatchObject({ result: 'erased' });
    expect(fingerprint(made.decoyPath)).toEqual(made.before);
  });
});
