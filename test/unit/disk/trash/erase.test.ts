import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { memory } from '../../../support/memory.ts';
import { anybody, eraseWhole, isRoot, mount, newStorage, openStorage, recordOf, treeOf, volume } from '../support.ts';

/** A volume, beside a decoy with content that nothing may touch. */
async function newVolume(where?: string) {
  const made = newStorage(where);
  const { path } = await made.storage.makeDirectory(recordOf(volume), anybody);
  mkdirSync(join(made.decoyPath, 'inner'));
  writeFileSync(join(made.decoyPath, 'inner', 'data'), 'precious');
  return { ...made, path };
}

type MadeVolume = Awaited<ReturnType<typeof newVolume>>;

async function erased({ storage }: MadeVolume) {
  await storage.trashDirectory(volume);
  return await eraseWhole(storage, volume);
}

async function expectGone({ storage, basePath, decoyPath }: MadeVolume) {
  expect(await storage.locate(volume)).toBe('nowhere');
  expect(readdirSync(basePath)).toEqual(['.hostpath-provisioner']);
  expect(readdirSync(join(basePath, '.hostpath-provisioner', 'trash'))).toEqual([]);
  expect(readFileSync(join(decoyPath, 'inner', 'data'), 'utf8')).toBe('precious');
}

describe('erases', () => {
  test('everything, counts it, and removes the record last', async () => {
    const made = await newVolume();
    for (const name of ['a', 'b']) {
      mkdirSync(join(made.path, name, 'c'), { recursive: true });
      writeFileSync(join(made.path, name, 'c', 'data'), 'x');
    }
    // Two times a, c and data, and the volume's directory.
    expect(await erased(made)).toEqual({ result: 'erased', entries: 7 });
    await expectGone(made);
    expect(await made.storage.listRecords()).toEqual([]);
  });

  test('links, never what they point to', async () => {
    const made = await newVolume();
    const { path, decoyPath, basePath } = made;
    const before = treeOf(decoyPath);
    const targets = [
      decoyPath,
      join(decoyPath, 'inner', 'data'),
      '../../decoy',
      '..',
      '.',
      '/',
      basePath,
      '/nowhere',
      'loop',
    ];
    for (const [index, target] of targets.entries()) symlinkSync(target, join(path, `link-${index}`));
    symlinkSync('loop', join(path, 'loop'));
    linkSync(join(decoyPath, 'inner', 'data'), join(path, 'hard-link'));
    expect(await erased(made)).toEqual({ result: 'erased', entries: targets.length + 3 });
    await expectGone(made);
    expect(treeOf(decoyPath)).toEqual(before);
    expect(statSync(join(decoyPath, 'inner', 'data')).nlink).toBe(1);
  });

  test('pipes and sockets without opening them, and files that are open', async () => {
    const made = await newVolume();
    const { path } = made;
    execFileSync('mkfifo', [join(path, 'pipe')]);
    const server = (await import('node:net')).createServer().listen(join(path, 'socket'));
    await once(server, 'listening');
    const descriptor = openSync(join(path, 'open'), 'w');
    onTestFinished(() => {
      closeSync(descriptor);
      server.close();
    });
    expect(await erased(made)).toEqual({ result: 'erased', entries: 4 });
    await expectGone(made);
  });

  test('whatever a tenant names its files', async () => {
    const made = await newVolume(memory);
    const names = [
      '-rf',
      '--',
      '*',
      '$(reboot)',
      'a\nb',
      '\x1b[2J',
      ' ',
      'record.json',
      'directory',
      '.hostpath-provisioner',
      'é'.repeat(127),
    ];
    for (const name of names) {
      mkdirSync(join(made.path, name));
      for (const inner of names) writeFileSync(join(made.path, name, inner), '');
    }
    expect(await erased(made)).toEqual({ result: 'erased', entries: names.length ** 2 + names.length + 1 });
    await expectGone(made);
  });

  test('names of any bytes, also what is no UTF-8', async () => {
    const { storage, basePath, decoyPath } = await newVolume(memory);
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 255 })
      .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0xff : byte))))
      .filter((bytes) => !['.', '..'].includes(bytes.toString('latin1')));
    let count = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(name, fc.constantFrom('file', 'directory', 'link')), { maxLength: 20 }),
        async (entries) => {
          const other = `pvc-bytes-${count++}`;
          const { path } = await storage.makeDirectory(recordOf(other), anybody);
          let parent = Buffer.from(path);
          for (const [bytes, kind] of entries) {
            const entry = Buffer.concat([parent, Buffer.from('/'), bytes]);
            if (entry.length > 4_000) break;
            try {
              if (kind === 'file') writeFileSync(entry, 'x', { flag: 'wx' });
              if (kind === 'link') symlinkSync(decoyPath, entry);
              if (kind === 'directory') {
                mkdirSync(entry);
                parent = entry;
              }
            } catch (error) {
              if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
            }
          }
          await storage.trashDirectory(other);
          expect(await storage.eraseTrash(other)).toMatchObject({ result: 'erased' });
        },
      ),
      { numRuns: 200 },
    );
    expect(readdirSync(basePath).sort()).toEqual(['.hostpath-provisioner', volume]);
    expect(readFileSync(join(decoyPath, 'inner', 'data'), 'utf8')).toBe('precious');
  });

  test('a tree that is 5,000 directories deep', async () => {
    const made = await newVolume(memory);
    let parent = openSync(made.path, constants.O_DIRECTORY);
    for (let depth = 0; depth < 5_000; depth++) {
      mkdirSync(`/proc/self/fd/${parent}/d`);
      const child = openSync(`/proc/self/fd/${parent}/d`, constants.O_DIRECTORY);
      closeSync(parent);
      parent = child;
    }
    closeSync(parent);
    expect(await erased(made)).toEqual({ result: 'erased', entries: 5_001 });
    await expectGone(made);
  });

  test('100,000 entries of one directory, and the event loop goes on meanwhile', async () => {
    const made = await newVolume(memory);
    const one = join(made.path, '0');
    writeFileSync(one, '');
    for (let index = 1; index < 100_000; index++) linkSync(one, join(made.path, String(index)));
    await made.storage.trashDirectory(volume);
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 5);
    const erasure = await eraseWhole(made.storage, volume);
    clearInterval(ticking);
    expect(erasure).toEqual({ result: 'erased', entries: 100_001 });
    expect(ticks).toBeGreaterThan(10);
    await expectGone(made);
  });
});

describe.skipIf(!isRoot)('as root', () => {
  test('erases what nobody has rights to, and what belongs to anybody', async () => {
    const made = await newVolume();
    const { path } = made;
    mkdirSync(join(path, 'closed', 'inner'), { recursive: true });
    writeFileSync(join(path, 'closed', 'inner', 'data'), 'x', { mode: 0 });
    execFileSync('mknod', [join(path, 'device'), 'b', '7', '99']);
    execFileSync('chown', ['-R', '12345:12345', path]);
    execFileSync('chmod', ['0', join(path, 'closed', 'inner'), join(path, 'closed')]);
    expect(await erased(made)).toEqual({ result: 'erased', entries: 5 });
    await expectGone(made);
  });

  test.each<[string, (path: string, decoyPath: string) => void]>([
    ['another file system', (path) => mount('-t', 'tmpfs', 'tmpfs', path)],
    ['a bind mount of the same file system', (path, decoyPath) => mount('--bind', decoyPath, path)],
  ])('never enters %s that is mounted in the volume, and says so', async (_, mountAt) => {
    const made = await newVolume();
    const { storage, path, decoyPath } = made;
    mkdirSync(join(path, 'dir', 'disk'), { recursive: true });
    mountAt(join(path, 'dir', 'disk'), decoyPath);
    writeFileSync(join(path, 'dir', 'disk', 'mounted'), 'precious too');
    writeFileSync(join(path, 'dir', 'data'), 'x');
    const left = await erased(made);
    expect(left).toMatchObject({
      result: 'left',
      problems: [expect.stringMatching(/\/disk: .*\(EBUSY, rename\).*unmount it$/)],
    });
    const [mounted = ''] = left.result === 'left' ? (left.problems[0]?.split(': ') ?? []) : [];
    expect(readFileSync(join(mounted, 'mounted'), 'utf8')).toBe('precious too');
    expect(await storage.readRecord(volume)).toEqual(recordOf(volume));
    execFileSync('umount', [mounted]);
    expect(await storage.eraseTrash(volume)).toMatchObject({ result: 'erased' });
    await expectGone(made);
  });

  test.each<[string, (trash: string) => string]>([
    ['the trash of the volume', (trash) => trash],
    ['its directory there', (trash) => join(trash, 'directory')],
  ])('never enters what is mounted over %s, also when it is of the same file system, and says so', async (_, over) => {
    const made = await newVolume();
    const { storage, basePath, decoyPath } = made;
    await storage.trashDirectory(volume);
    const before = treeOf(decoyPath);
    const point = over(join(basePath, '.hostpath-provisioner', 'trash', volume));
    mount('--bind', decoyPath, point);
    expect(await storage.eraseTrash(volume)).toEqual({
      result: 'left',
      entries: 0,
      problems: [`${point}: is a mount point: unmount it`],
    });
    expect(treeOf(decoyPath)).toEqual(before);
    execFileSync('umount', [point]);
    expect(await storage.eraseTrash(volume)).toMatchObject({ result: 'erased' });
    await expectGone(made);
  });

  test('leaves a file that something is mounted on', async () => {
    const made = await newVolume();
    const target = join(made.decoyPath, 'inner', 'data');
    writeFileSync(join(made.path, 'file'), '');
    mount('--bind', target, join(made.path, 'file'));
    expect(await erased(made)).toMatchObject({ result: 'left', problems: [expect.stringMatching(/\/file: .*EBUSY/)] });
    expect(readFileSync(target, 'utf8')).toBe('precious');
  });

  test('leaves immutable files, names some and counts the rest, and erases them once they are mutable', async () => {
    const made = await newVolume();
    const { storage, path, basePath } = made;
    mkdirSync(join(path, 'dir'));
    for (let index = 0; index < 25; index++) writeFileSync(join(path, 'dir', `fixed\n${index}`), '');
    writeFileSync(join(path, 'free'), '');
    execFileSync('chattr', ['-R', '+i', join(path, 'dir')]);
    onTestFinished(() => {
      execFileSync('chattr', ['-R', '-i', basePath]);
    });
    const whole = await erased(made);
    expect(whole).toMatchObject({
      result: 'left',
      problems: [expect.stringMatching(/\/dir: operation not permitted \(EPERM, rename\).*immutable/)],
    });
    execFileSync('chattr', ['-i', join(basePath, '.hostpath-provisioner', 'trash', volume, 'directory', 'dir')]);
    const left = await storage.eraseTrash(volume);
    expect(left.result === 'left' && left.problems).toHaveLength(21);
    expect(left.result === 'left' && left.problems[0]).toMatch(
      /\/fixed\\n\d+: operation not permitted \(EPERM, unlink\)/,
    );
    expect(left.result === 'left' && left.problems[20]).toBe('and 5 more');
    execFileSync('chattr', ['-R', '-i', basePath]);
    expect(await openStorage(basePath).eraseTrash(volume)).toMatchObject({ result: 'erased' });
    await expectGone(made);
  });

  test('rests on the kernel refusing to move a mount point', async () => {
    const { path } = await newVolume();
    for (const name of ['dir', 'dir/disk']) mkdirSync(join(path, name));
    mount('--bind', join(path, 'dir', 'disk'), join(path, 'dir', 'disk'));
    expect(() => rmdirSync(join(path, 'dir', 'disk'))).toThrow(/EBUSY/);
  });
});
