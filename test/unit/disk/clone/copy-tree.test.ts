import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { removeSync } from 'fs-extra/esm';
import { beforeEach, describe, expect, test } from 'vitest';
import { copyCalls } from '../../../../src/disk/clone/copy-calls.ts';
import { CopyError } from '../../../../src/disk/clone/copy-tree.ts';
import type { CloneProgress } from '../../../../src/disk/port.ts';
import { isRoot, mount, treeOf } from '../support.ts';
import { callsWithout, copy, newPair, opened } from './support.ts';

let pair: ReturnType<typeof newPair>;
let source: string;
let target: string;
beforeEach(() => {
  pair = newPair();
  ({ source, target } = pair);
});

const times = { atimeNs: 1_700_000_000_123_456_789n, mtimeNs: 1_600_000_000_987_654_321n };

/** What two entries that are copies of each other have in common. */
function facts(path: string) {
  const { mode, uid, gid, size, nlink, atimeNs, mtimeNs } = lstatSync(path, { bigint: true });
  return { mode, uid, gid, size, nlink, atimeNs, mtimeNs };
}

describe('a copy has', () => {
  test('all entries of its source, with their content', () => {
    mkdirSync(join(source, 'a/b/empty'), { recursive: true });
    writeFileSync(join(source, 'a/b/file'), 'messages');
    writeFileSync(join(source, 'nothing'), '');
    symlinkSync('/etc/passwd', join(source, 'a/link'));
    expect(copy(pair)).toEqual({ result: 'copied', skipped: 0 });
    expect(treeOf(target)).toEqual(treeOf(source));
    expect(Object.keys(treeOf(target))).toHaveLength(6);
  });

  test.each<[string, (path: string) => void]>([
    ['a file', (path) => writeFileSync(path, 'messages')],
    ['a directory', (path) => mkdirSync(path)],
    ['a directory with content', (path) => mkdirSync(join(path, 'a/b'), { recursive: true })],
    ['a symbolic link that leads nowhere', (path) => symlinkSync('nowhere', path)],
  ])('the times of %s, to the nanosecond', (_, make) => {
    make(join(source, 'entry'));
    copyCalls.setTimes(Buffer.from(join(source, 'entry')), times);
    const before = facts(join(source, 'entry'));
    expect(before).toMatchObject(times);
    copy(pair);
    expect(facts(join(target, 'entry'))).toEqual(before);
  });

  test.each([0o4755, 0o2755, 0o600, 0o444, 0o1777, 0o2770])('mode %o of a file, a directory and the volume', (mode) => {
    writeFileSync(join(source, 'file'), 'x');
    mkdirSync(join(source, 'directory'));
    chmodSync(join(source, 'file'), mode);
    // Without these, only root could remove it after the test.
    for (const path of ['directory', '.']) chmodSync(join(source, path), mode | 0o700);
    const before = facts(source);
    copy(pair);
    for (const path of ['file', 'directory'])
      expect(facts(join(target, path)).mode).toBe(facts(join(source, path)).mode);
    expect(facts(target)).toMatchObject({ mode: before.mode, mtimeNs: before.mtimeNs });
  });

  test.skipIf(!isRoot)('the owners, set-user-id bits kept', () => {
    writeFileSync(join(source, 'file'), 'x');
    mkdirSync(join(source, 'directory'));
    symlinkSync('file', join(source, 'link'));
    for (const path of ['file', 'directory', '.']) chownSync(join(source, path), 1001, 1002);
    execFileSync('chown', ['--no-dereference', '1003:1004', join(source, 'link')]);
    chmodSync(join(source, 'file'), 0o6755);
    copy(pair);
    for (const path of ['file', 'directory', 'link']) {
      const { atimeNs: _, ...kept } = facts(join(source, path));
      expect(facts(join(target, path))).toMatchObject(kept);
    }
    expect(facts(target)).toMatchObject({ uid: 1001n, gid: 1002n });
  });

  test('extended attributes of files and directories', () => {
    writeFileSync(join(source, 'file'), 'x', { mode: 0o444 });
    mkdirSync(join(source, 'directory'));
    for (const path of ['file', 'directory', '.']) {
      if (path === 'file' && !isRoot) chmodSync(join(source, path), 0o644);
      copyCalls.setAttribute(opened(join(source, path)), Buffer.from('user.origin'), Buffer.from(`of ${path}`));
    }
    copy(pair);
    for (const path of ['file', 'directory', '.']) {
      const value = copyCalls.getAttribute(opened(join(target, path)), Buffer.from('user.origin'));
      expect(value?.toString()).toBe(`of ${path}`);
    }
  });

  test('names of one file where its source has them, also of a symbolic link, and no more', () => {
    mkdirSync(join(source, 'a'));
    writeFileSync(join(source, 'a/first'), 'x');
    linkSync(join(source, 'a/first'), join(source, 'second'));
    linkSync(join(source, 'a/first'), join(source, 'a/third'));
    symlinkSync('to', join(source, 'link'));
    linkSync(join(source, 'link'), join(source, 'a/link'));
    copy(pair);
    expect(treeOf(target)).toEqual(treeOf(source));
    const number = (path: string) => lstatSync(join(target, path)).ino;
    expect(new Set(['a/first', 'second', 'a/third'].map(number)).size).toBe(1);
    expect(number('link')).toBe(number('a/link'));
    expect(lstatSync(join(target, 'second')).nlink).toBe(3);
  });

  test('names that are not UTF-8', () => {
    const name = Buffer.from([0x61, 0xff, 0x0a, 0xfe]);
    writeFileSync(Buffer.concat([Buffer.from(`${source}/`), name]), 'x');
    copy(pair);
    expect(readdirSync(target, 'buffer')).toEqual([name]);
  });
});

describe.each([
  ['as this file system can', {}],
  ['where blocks cannot be shared', { cloneContent: 'ENOTSUP' }],
  ['where one file cannot share its blocks', { cloneContent: 'EINVAL' }],
  ['from another file system', { cloneContent: 'EXDEV', copyRange: 'EXDEV' }],
  ['where the kernel cannot copy', { cloneContent: 'ENOTTY', copyRange: 'ENOSYS' }],
  ['where the file system cannot copy', { cloneContent: 'ENOTSUP', copyRange: 'EINVAL' }],
] as const)('content that is copied %s', (_, lacking) => {
  const calls = callsWithout(lacking);

  test('is the same, and holes stay holes', () => {
    const megabytes = 32;
    writeFileSync(join(source, 'file'), Buffer.alloc(3 * 1024 ** 2 + 17, 'messages'));
    writeFileSync(join(source, 'sparse'), 'begin');
    truncateSync(join(source, 'sparse'), (megabytes / 2) * 1024 ** 2);
    writeFileSync(join(source, 'sparse'), 'middle', { flag: 'a' });
    truncateSync(join(source, 'sparse'), megabytes * 1024 ** 2);
    copy(pair, { calls });
    for (const name of ['file', 'sparse']) {
      expect(readFileSync(join(target, name)).equals(readFileSync(join(source, name)))).toBe(true);
    }
    expect(lstatSync(join(target, 'sparse')).blocks * 512).toBeLessThan(1024 ** 2);
  });

  test.each([1_000, 0])('ends at the size that the file had, when it is cut to %s bytes meanwhile', (left) => {
    writeFileSync(join(source, 'file'), Buffer.alloc(1024 ** 2, 'x'));
    const cutting = {
      ...calls,
      seekToData: (file: number, offset: number) => {
        const found = calls.seekToData(file, offset);
        truncateSync(join(source, 'file'), left);
        return found;
      },
    };
    expect(
      copy(pair, { calls: { ...cutting, cloneContent: callsWithout({ cloneContent: 'EINVAL' }).cloneContent } }),
    ).toMatchObject({ result: 'copied' });
    expect(lstatSync(join(target, 'file')).size).toBe(1024 ** 2);
  });
});

describe('what is left out and counted', () => {
  test('is a pipe and a socket', () => {
    execFileSync('mkfifo', [join(source, 'pipe')]);
    execFileSync('python3', [
      '-c',
      'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])',
      join(source, 'socket'),
    ]);
    writeFileSync(join(source, 'file'), 'x');
    expect(copy(pair)).toEqual({ result: 'copied', skipped: 2 });
    expect(readdirSync(target)).toEqual(['file']);
  });

  test.skipIf(!isRoot)('is a device', () => {
    execFileSync('mknod', [join(source, 'null'), 'c', '1', '3']);
    expect(copy(pair)).toEqual({ result: 'copied', skipped: 1 });
    expect(readdirSync(target)).toEqual([]);
  });

  test.skipIf(!isRoot)('is a mount, of the same file system too, but for the empty directory below it', () => {
    writeFileSync(join(pair.decoy, 'precious'), 'x');
    for (const name of ['tmpfs', 'bind']) mkdirSync(join(source, name));
    writeFileSync(join(source, 'file'), '');
    mount('-t', 'tmpfs', 'tmpfs', join(source, 'tmpfs'));
    writeFileSync(join(source, 'tmpfs/precious'), 'x');
    mount('--bind', pair.decoy, join(source, 'bind'));
    mount('--bind', join(pair.decoy, 'precious'), join(source, 'file'));
    expect(copy(pair)).toEqual({ result: 'copied', skipped: 3 });
    expect(readdirSync(target, { recursive: true }).sort()).toEqual(['bind', 'tmpfs']);
  });
});

describe('a tenant that changes the source meanwhile', () => {
  /** Does something when the walk has looked so often, just before it opens the next entry. */
  const onLook = (looks: number, deed: () => void) => {
    let seen = 0;
    return () => {
      if (seen++ === looks) deed();
      return false;
    };
  };

  function fill() {
    for (const name of ['a', 'b', 'c']) {
      mkdirSync(join(source, name, 'x'), { recursive: true });
      writeFileSync(join(source, name, 'x', 'file'), 'messages');
    }
    writeFileSync(join(pair.decoy, 'file'), 'precious');
    mkdirSync(join(pair.decoy, 'x'));
    writeFileSync(join(pair.decoy, 'x', 'file'), 'precious');
  }

  const swaps: [string, (path: string, decoy: string) => void][] = [
    ['a directory for a link to another one', (path, decoy) => symlinkSync(decoy, path)],
    ['a directory for a file', (path) => writeFileSync(path, 'x')],
    ['a directory for nothing', () => undefined],
    ['a directory for a pipe that nobody writes to', (path) => void execFileSync('mkfifo', [path])],
  ];

  test.each(swaps)('by swapping %s gets nothing else into the copy, whenever that is', (_, swap) => {
    let end = '';
    for (let looks = 0; end !== 'over'; looks++) {
      pair = newPair();
      ({ source, target } = pair);
      fill();
      end = 'over';
      const isAborted = onLook(looks, () => {
        end = 'swapped';
        renameSync(join(source, 'b'), join(pair.decoy, 'b'));
        swap(join(source, 'b'), pair.decoy);
      });
      expect(copy(pair, { isAborted })).toMatchObject({ result: 'copied' });
      if (lstatSync(join(target, 'b'), { throwIfNoEntry: false })?.isSymbolicLink()) unlinkSync(join(target, 'b'));
      expect(JSON.stringify(treeOf(target)), `after ${looks} looks`).not.toContain('precious');
      for (const name of ['a', 'c']) expect(readFileSync(join(target, name, 'x/file'), 'utf8')).toBe('messages');
    }
  });

  test('by swapping a file for a link to another one does not get that into the copy', () => {
    for (let looks = 0; looks < 2; looks++) {
      removeSync(target);
      mkdirSync(target);
      removeSync(join(source, 'file'));
      writeFileSync(join(pair.decoy, 'file'), 'precious');
      writeFileSync(join(source, 'file'), 'messages');
      const swap = () => {
        unlinkSync(join(source, 'file'));
        symlinkSync(join(pair.decoy, 'file'), join(source, 'file'));
      };
      copy(pair, { isAborted: onLook(looks, swap) });
      const copied = join(target, 'file');
      const content = lstatSync(copied).isSymbolicLink() ? readlinkSync(copied) : readFileSync(copied, 'utf8');
      expect([join(pair.decoy, 'file'), 'messages']).toContain(content);
    }
  });

  test('by removing everything ends with what was there', () => {
    fill();
    expect(copy(pair, { isAborted: onLook(3, () => removeSync(source)) })).toMatchObject({ result: 'copied' });
  });
});

describe('a copy that is aborted', () => {
  test('ends at the next entry, wherever it is', () => {
    for (const name of ['a/x', 'b/y']) mkdirSync(join(source, name), { recursive: true });
    writeFileSync(join(source, 'a/x/file'), 'x');
    let result = '';
    for (let looks = 0; result !== 'copied'; looks++) {
      removeSync(target);
      mkdirSync(target);
      let seen = 0;
      ({ result } = copy(pair, { isAborted: () => seen++ === looks }));
      if (result === 'aborted') expect(seen).toBe(looks + 1);
    }
    expect(treeOf(target)).toEqual(treeOf(source));
  });

  test('ends within a large file', () => {
    writeFileSync(join(source, 'file'), '');
    truncateSync(join(source, 'file'), 64 * 1024 ** 2);
    let copied = 0;
    const calls = {
      ...callsWithout({ cloneContent: 'ENOTSUP' }),
      seekToHole: () => 64 * 1024 ** 2,
      seekToData: (_: number, offset: number) => (offset === 0 ? 0 : undefined),
      copyRange: (from: number, to: number, at: number, length: number) => {
        copied += length;
        return copyCalls.copyRange(from, to, at, length);
      },
    };
    expect(copy(pair, { calls, isAborted: () => copied > 0 })).toEqual({ result: 'aborted' });
    expect(copied).toBe(8 * 1024 ** 2);
  });
});

describe('an entry that cannot be copied', () => {
  const failureOf = (options: Parameters<typeof copy>[1]): CopyError => {
    try {
      copy(pair, options);
    } catch (error) {
      if (error instanceof CopyError) return error;
      throw error;
    }
    throw new Error('it was copied');
  };

  test.each([
    ['whose content cannot be read', { cloneContent: 'EIO' }],
    ['whose attributes cannot be read', { listAttributes: 'EIO' }],
    ['for which there is no space', { cloneContent: 'ENOTSUP', copyRange: 'ENOSPC' }],
    ['for which the quota is full', { cloneContent: 'ENOTSUP', copyRange: 'EDQUOT' }],
  ] as const)('%s ends the copy, with its path', (_, lacking) => {
    mkdirSync(join(source, 'a/b'), { recursive: true });
    writeFileSync(join(source, 'a/b/fi\nle'), 'x');
    expect(failureOf({ calls: callsWithout(lacking) })).toMatchObject({ path: 'a/b/fi\\nle' });
  });

  test('because its own attribute cannot be set ends the copy, but one of a security module is left out', () => {
    writeFileSync(join(source, 'file'), 'x');
    const withAttribute = (name: string) => ({
      ...callsWithout({ setAttribute: 'EPERM' }),
      listAttributes: () => [Buffer.from(name)],
      getAttribute: () => Buffer.from('value'),
    });
    expect(copy(pair, { calls: withAttribute('security.selinux') })).toMatchObject({ result: 'copied' });
    removeSync(join(target, 'file'));
    expect(failureOf({ calls: withAttribute('user.origin') })).toMatchObject({ path: 'file' });
  });

  test('because it lies too deep ends the copy', () => {
    mkdirSync(join(source, 'd/'.repeat(501)), { recursive: true });
    expect(failureOf({})).toMatchObject({ message: expect.stringMatching(/500 directories deep/) });
  });
});

test('progress counts what is copied, and what there is to copy where each byte is written', () => {
  for (let index = 0; index < 3; index++) writeFileSync(join(source, `file${index}`), Buffer.alloc(1024 ** 2, 'x'));
  linkSync(join(source, 'file0'), join(source, 'another'));
  const reports: CloneProgress[] = [];
  const calls = callsWithout({ cloneContent: 'ENOTSUP' });
  const wait = new Int32Array(new SharedArrayBuffer(4));
  const copyRange: typeof calls.copyRange = (...args) => {
    Atomics.wait(wait, 0, 0, 210);
    return copyCalls.copyRange(...args);
  };
  copy(pair, { calls: { ...calls, copyRange }, onProgress: (progress) => reports.push(progress) });
  expect(reports.map(({ copiedBytes }) => copiedBytes)).toEqual([1, 2, 3, 3].map((count) => count * 1024 ** 2));
  for (const { totalBytes } of reports) expect(totalBytes).toBe(3 * 1024 ** 2);
});

test('makes what it copied durable at the end, after all else', () => {
  writeFileSync(join(source, 'file'), 'x');
  const found: boolean[] = [];
  const calls = { ...copyCalls, syncFileSystem: () => void found.push(existsSync(join(target, 'file'))) };
  copy(pair, { calls });
  expect(found).toEqual([true]);
});
