import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  ftruncateSync,
  lstatSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { getAttribute, listAttributes, setAttribute, setTimes } from '../../../../src/disk/native/attributes.ts';
import { getSubvolumeId } from '../../../../src/disk/native/btrfs.ts';
import { call, callNow, SystemCallError } from '../../../../src/disk/native/c-library.ts';
import { close, copyRange, openAt, seekToData, seekToHole, syncFileSystem } from '../../../../src/disk/native/copy.ts';
import { inWords } from '../../../../src/disk/system-error.ts';
import { temporaryDirectory } from '../support.ts';

let place: string;

function opened(path: string, flags = 'r'): number {
  const descriptor = openSync(path, flags);
  onTestFinished(() => closeSync(descriptor));
  return descriptor;
}

beforeEach(() => {
  place = temporaryDirectory();
});

const failing = { name: 'lseek', args: [-1, 0, 0] } as const;

describe('a system call that fails', () => {
  test('throws what a failed call of Node does', () => {
    expect(() => callNow({ ...failing, args: [...failing.args] })).toThrow(
      expect.objectContaining({ code: 'EBADF', errno: -9, syscall: 'lseek' }),
    );
  });

  test('names a full quota, and says what to do', () => {
    expect(inWords(new SystemCallError(122, 'FICLONE'))).toMatch(
      /^disk quota exceeded \(EDQUOT, FICLONE\)\. Free space/,
    );
  });

  test('keeps its own error among hundreds at the same time', async () => {
    const file = opened(place);
    const codes = await Promise.all(
      Array.from({ length: 600 }, async (_, index) => {
        const args = index % 2 === 0 ? [-1, 0, 0] : [file, 0, 99];
        const error: unknown = await call({ name: 'lseek', args }).catch((thrown: unknown) => thrown);
        return (error as SystemCallError).code;
      }),
    );
    expect(codes).toEqual(codes.map((_, index) => (index % 2 === 0 ? 'EBADF' : 'EINVAL')));
  });
});

describe('what a copy of a volume needs', () => {
  test('finds data between holes, and the end', () => {
    const path = join(place, 'sparse');
    const file = opened(path, 'w+');
    ftruncateSync(file, 4 * 2 ** 20);
    writeSync(file, 'x'.repeat(4096), 2 ** 20);
    syncFileSystem(file);
    const data = seekToData(file, 0);
    // tmpfs and overlay may keep no holes: then all of it is data.
    expect([0, 2 ** 20]).toContain(data);
    expect(seekToHole(file, data ?? 0)).toBeGreaterThanOrEqual(2 ** 20 + 4096);
    for (const seek of [seekToData, seekToHole]) expect(seek(file, 4 * 2 ** 20)).toBeUndefined();
  });

  test('copies to the same position as in the source', () => {
    writeFileSync(join(place, 'from'), '0123456789');
    const [from, to] = [opened(join(place, 'from')), opened(join(place, 'to'), 'w')];
    expect(copyRange(from, to, 2, 5)).toBe(5);
    expect(copyRange(from, to, 7, 100)).toBe(3);
    expect(copyRange(from, to, 10, 100)).toBe(0);
    expect(readFileSync(join(place, 'to'), 'utf8')).toBe('\0\x0023456789');
  });

  test('opens an entry of a directory by its bytes, and no link', () => {
    const directory = opened(place);
    const name = Buffer.from([...Buffer.alloc(254, 'n'), 0xff]);
    const made = openAt(directory, name, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    writeSync(made, 'content');
    close(made);
    const path = Buffer.concat([Buffer.from(`${place}/`), name]);
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['content', 0o600]);
    symlinkSync(path, join(place, 'link'));
    const openLink = () => openAt(directory, Buffer.from('link'), constants.O_NOFOLLOW, 0);
    expect(openLink).toThrow(expect.objectContaining({ code: 'ELOOP', syscall: 'openat' }));
    const tooLong = Buffer.alloc(4_096, 'n');
    expect(() => openAt(directory, tooLong, constants.O_RDONLY, 0)).toThrow('ENAMETOOLONG');
  });

  test.each([
    ['an open file', (path: string) => opened(path)],
    ['a path', (path: string) => Buffer.from(path)],
  ])('reads and writes extended attributes of %s, also empty ones', (_, targetOf) => {
    const path = join(place, 'file');
    writeFileSync(path, '');
    const target = targetOf(path);
    const values: [string, string][] = [
      ['user.a', 'one'],
      ['user.b', ''],
    ];
    for (const [name, value] of values) setAttribute(target, Buffer.from(name), Buffer.from(value));
    expect(listAttributes(target).map(String)).toEqual(expect.arrayContaining(values.map(([name]) => name)));
    for (const [name, value] of values) expect(getAttribute(target, Buffer.from(name))?.toString()).toBe(value);
    expect(getAttribute(target, Buffer.from('user.none'))).toBeUndefined();
  });

  test.each([0n, 1_234_567_890_123_456_789n, -1n])('sets times to the nanosecond: %s', (mtimeNs) => {
    const path = join(place, 'file');
    writeFileSync(path, '');
    setTimes(opened(path), { atimeNs: 5n, mtimeNs });
    const { atimeNs, mtimeNs: found } = statSync(path, { bigint: true });
    expect({ atimeNs, found }).toEqual({ atimeNs: 5n, found: mtimeNs });
  });

  test('sets the times of a symbolic link, and not of where it leads', () => {
    writeFileSync(join(place, 'file'), '');
    symlinkSync('file', join(place, 'link'));
    setTimes(Buffer.from(join(place, 'link')), { atimeNs: 1n, mtimeNs: 7n });
    expect(lstatSync(join(place, 'link'), { bigint: true }).mtimeNs).toBe(7n);
    expect(statSync(join(place, 'file'), { bigint: true }).mtimeNs).not.toBe(7n);
  });
});

test('a call of another file system than ours is refused by the kernel, and does nothing', () => {
  expect(() => getSubvolumeId(opened('/proc'))).toThrow(expect.objectContaining({ code: 'ENOTTY' }));
});

test('koffi is not loaded before a system call is made', () => {
  const script = `
    const { readFileSync } = await import('node:fs');
    const { openVolumeStorage } = await import('./src/disk/file-system-storage.ts');
    const { callNow } = await import('./src/disk/native/c-library.ts');
    const storage = openVolumeStorage({ basePath: ${JSON.stringify(place)}, nodeName: 'node-1', knownBases: () => [] });
    const claim = { namespace: 'default', name: 'data', uid: 'a' };
    const record = { version: 1, volume: 'pvc-a', claim, class: 'c', node: 'node-1', reclaimPolicy: 'Delete', createdAt: '2026-01-01T00:00:00Z' };
    await storage.makeDirectory(record, { mode: 0o777, owner: undefined });
    await storage.trashDirectory('pvc-a');
    await storage.eraseTrash('pvc-a');
    await storage.close();
    const isLoaded = () => readFileSync('/proc/self/maps', 'utf8').includes('koffi');
    const before = isLoaded();
    callNow({ name: 'lseek', args: [0, 0, 1] });
    console.log(JSON.stringify({ before, after: isLoaded() }));`;
  const options = { encoding: 'utf8', input: '' } as const;
  const told = execFileSync(process.execPath, ['--eval', script], {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(JSON.parse(told)).toEqual({ before: false, after: true });
});
