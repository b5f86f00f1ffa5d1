import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { walk } from '../../../../src/disk/usage/walk.ts';
import { memory } from '../../../support/memory.ts';
import { isRoot, mount, temporaryDirectory } from '../support.ts';

const mebibyte = 1_048_576;

const ignore = (): void => undefined;
const count = (path: string) => walk(path, ignore);

/** Writes it through, as the file system may count a block only then. */
function write(path: string, bytes: number): void {
  const descriptor = openSync(path, 'w');
  writeFileSync(descriptor, Buffer.alloc(bytes, 'x'));
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function du(path: string): { usedBytes: number; inodes: number } {
  const [usedBytes, inodes] = ['--block-size=1', '--inodes'].map((what) =>
    Number.parseInt(execFileSync('du', ['--summarize', what, path], { encoding: 'utf8' }), 10),
  );
  return { usedBytes: usedBytes ?? Number.NaN, inodes: inodes ?? Number.NaN };
}

describe('counts', () => {
  test('to the byte what du counts: directories, files of several names, links, pipes and holes', () => {
    const path = temporaryDirectory();
    for (const name of ['a/x', 'b']) mkdirSync(join(path, name), { recursive: true });
    for (const [name, bytes] of [
      ['1', 1],
      ['a/2', 5_000],
      ['a/x/3', mebibyte],
    ] as const)
      write(join(path, name), bytes);
    for (const name of ['b/3', 'a/other-3']) linkSync(join(path, 'a/x/3'), join(path, name));
    symlinkSync('/etc', join(path, 'link'));
    symlinkSync('x'.repeat(500), join(path, 'long-link'));
    execFileSync('mkfifo', [join(path, 'pipe')]);
    const sparse = openSync(join(path, 'sparse'), 'w');
    ftruncateSync(sparse, 1024 * mebibyte);
    closeSync(sparse);
    expect(count(path)).toEqual(du(path));
    expect(count(path).inodes).toBe(11);
  });

  test('a file of several names once, however many there are', () => {
    const path = temporaryDirectory(memory);
    write(join(path, 'first'), mebibyte);
    for (let name = 0; name < 2_000; name++) linkSync(join(path, 'first'), join(path, String(name)));
    expect(count(path)).toEqual(du(path));
  });

  test('names of any bytes', () => {
    const path = temporaryDirectory(memory);
    const name = Buffer.from([0xff, 0x0a, 0x24]);
    mkdirSync(Buffer.concat([Buffer.from(`${path}/`), name]));
    writeFileSync(Buffer.concat([Buffer.from(`${path}/`), name, Buffer.from('/'), name]), '');
    expect(count(path).inodes).toBe(3);
  });

  test('each entry, and says so', () => {
    const path = temporaryDirectory(memory);
    for (const name of ['a', 'b/c']) mkdirSync(join(path, name), { recursive: true });
    let entries = 0;
    walk(path, () => entries++);
    expect(entries).toBe(3);
  });
});

describe('does not count', () => {
  test('where a link leads, and does not begin at one', () => {
    const path = temporaryDirectory(memory);
    const elsewhere = temporaryDirectory(memory);
    write(join(elsewhere, 'large'), mebibyte);
    symlinkSync(elsewhere, join(path, 'link'));
    expect(count(path).usedBytes).toBeLessThan(mebibyte);
    expect(() => count(join(path, 'link'))).toThrow(/ENOTDIR|ELOOP/);
  });

  test('what is taken away meanwhile', () => {
    const path = temporaryDirectory(memory);
    for (const name of ['a', 'b', 'c']) mkdirSync(join(path, name));
    const rest = walk(path, () => {
      for (const name of readdirSync(path)) rmdirSync(join(path, name));
    });
    expect(rest.inodes).toBe(2);
  });

  test.skipIf(!isRoot)('what is mounted in it, also from the same file system', () => {
    const path = temporaryDirectory(memory);
    const elsewhere = temporaryDirectory(memory);
    write(join(elsewhere, 'large'), mebibyte);
    for (const name of ['bind', 'disk', 'disk/hidden']) mkdirSync(join(path, name));
    mount('--bind', elsewhere, join(path, 'bind'));
    mount('-t', 'tmpfs', 'tmpfs', join(path, 'disk'));
    write(join(path, 'disk', 'large'), mebibyte);
    expect(count(path)).toEqual({ usedBytes: 0, inodes: 1 });
  });

  test('the content of directories that lie too deep, for each level takes descriptors', () => {
    const path = temporaryDirectory(memory);
    const deepPath = join(path, ...Array<string>(250).fill('d'));
    mkdirSync(deepPath, { recursive: true });
    let most = 0;
    const before = readdirSync('/proc/self/fd').length;
    const { inodes } = walk(path, () => {
      most = Math.max(most, readdirSync('/proc/self/fd').length);
    });
    expect(inodes).toBe(202);
    expect(most - before).toBeLessThan(410);
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });
});

describe('fails rather than counting too little', () => {
  test('when the directory is gone', () => {
    const path = temporaryDirectory(memory);
    expect(() => count(join(path, 'gone'))).toThrow(/ENOENT/);
  });

  test.skipIf(isRoot)('when a directory may not be read', () => {
    const path = temporaryDirectory(memory);
    const secret = join(path, 'secret');
    mkdirSync(secret, 0o000);
    onTestFinished(() => chmodSync(secret, 0o700));
    expect(() => count(path)).toThrow(/EACCES/);
  });
});
