import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CloneJob, clone } from '../../../../src/disk/clone/clone.ts';
import { newProgress } from '../../../../src/disk/clone/progress-memory.ts';
import { isRoot, mount, temporaryDirectory } from '../support.ts';
import { callsWithout, newPair, opened } from './support.ts';

const unheard = { isAborted: () => false, onProgress: () => undefined };

function newJob() {
  const { source, target, decoy: parent } = newPair();
  mkdirSync(join(source, 'a'));
  writeFileSync(join(source, 'a/file'), 'x');
  const [from, to, above] = [source, target, parent].map(opened) as [number, number, number];
  const job: CloneJob = {
    source: from,
    shownSource: '/srv/pvc-a',
    target: to,
    parent: above,
    volume: 'pvc-b',
    limit: undefined,
    mayShare: true,
    progress: newProgress(),
  };
  return job;
}

const failureOf = (job: CloneJob, code: Parameters<typeof callsWithout>[0]['copyRange']) =>
  clone(job, { ...unheard, calls: callsWithout({ cloneContent: 'ENOTSUP', ...(code && { copyRange: code }) }) });

test('a whole copy has nothing to say', () => {
  expect(clone(newJob(), unheard)).toEqual({ result: 'copied', skipped: 0 });
});

describe('a copy that fails says where, why and what to do', () => {
  test.each([
    ['ENOSPC', 'NoSpace', 'no space left on device (ENOSPC, copyRange). Free space or inodes on that disk'],
    ['EDQUOT', 'NoSpace', 'disk quota exceeded (EDQUOT, copyRange). Free space within the quota, or raise the quota'],
    ['EIO', 'StorageFailed', "i/o error (EIO, copyRange). The disk fails: see the node's kernel log"],
    ['EACCES', 'PermissionDenied', expect.stringMatching(/permission denied/)],
  ] as const)('%s', (code, reason, words) => {
    const message =
      typeof words === 'string' ? `Cannot copy /srv/pvc-a/a/file to volume pvc-b: ${words}` : expect.any(String);
    expect(failureOf(newJob(), code)).toEqual({ result: 'failed', reason, message });
  });

  const limit = { bytes: 2 ** 30, inodes: 5_000 };
  const tooSmall = {
    result: 'failed',
    reason: 'LimitTooSmall',
    message:
      'Cannot copy /srv/pvc-a/a/file to volume pvc-b: what is in it does not fit into 1 GiB and 5000 files and directories, the limit of the new volume. Delete its claim, and create it again with a larger size',
  };

  test('EDQUOT in a directory with a limit', () => {
    expect(failureOf({ ...newJob(), limit }, 'EDQUOT')).toEqual(tooSmall);
  });

  test('ENOSPC in a directory with a limit, if it is the disk that is full', () => {
    expect(failureOf({ ...newJob(), limit }, 'ENOSPC')).toMatchObject({ reason: 'NoSpace' });
  });

  test.skipIf(!isRoot)('ENOSPC in a directory with a limit, if that has less left than the disk', () => {
    // It has another size than the one that it lies in, and so has another file system.
    const target = temporaryDirectory();
    mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', target);
    expect(failureOf({ ...newJob(), target: opened(target), limit }, 'ENOSPC')).toEqual(tooSmall);
  });
});
