import { describe, expect, test } from 'vitest';
import { type FoundBase, judgeBase, type Verdict } from '../../../../src/disk/base/judge.ts';

const disk = { id: 'disk', mounted: true };
const plain = { id: 'plain', mounted: false };

type Row = [rule: string, found: FoundBase, known: { id: string; mounted: boolean }[], verdict: Verdict];

const notMounted = 'BaseDirectoryNotMounted';
const replaced = 'BaseDirectoryReplaced';
const newDisk: FoundBase = { id: undefined, mounted: true };
const empty: FoundBase = { id: undefined, mounted: false };

describe('judgeBase, of a process that has used none yet', () => {
  test.each<Row>([
    ['without volumes, an empty directory is used', empty, [], 'usable'],
    ['without volumes, an empty disk is used', newDisk, [], 'usable'],
    ['without volumes, any base directory is used', { id: 'other', mounted: true }, [], 'usable'],
    ['the disk of the volumes is used', disk, [disk], 'usable'],
    ['the directory of the volumes is used', plain, [plain], 'usable'],
    ['the disk of some of the volumes is used', disk, [plain, disk], 'usable'],
    ['the id counts, not whether a container shows a mount point', { id: 'disk', mounted: false }, [disk], 'usable'],
    ['the empty directory below an absent disk is refused', empty, [disk], notMounted],
    ['a labelled directory below an absent disk is refused', plain, [disk], notMounted],
    ['one disk among several bases is enough to be waited for', empty, [plain, disk], notMounted],
    ['an empty disk in place of the disk is refused', newDisk, [disk], replaced],
    ['another base directory in place of the disk is refused', { id: 'other', mounted: true }, [disk], replaced],
    ['an empty disk over a directory with volumes is refused', newDisk, [plain], replaced],
    ['a disk with a label over a directory with volumes is refused', disk, [plain], replaced],
    ['a directory that was wiped is used anew', empty, [plain], 'usable'],
    ['a directory that was wiped and labelled since is used', { id: 'other', mounted: false }, [plain], 'usable'],
  ])('%s', (_, found, known, verdict) => {
    expect(judgeBase(found, known, undefined)).toBe(verdict);
  });
});

describe('judgeBase, of a process at work', () => {
  test.each<[rule: string, found: FoundBase, known: Row[2], last: typeof disk, verdict: Verdict]>([
    ['the same is used on, whatever the volumes tell', disk, [{ id: 'other', mounted: true }], disk, 'usable'],
    ['a disk that went away is missed, even without volumes', empty, [], disk, notMounted],
    ['a disk that went away is missed, even if the directory below it has volumes', plain, [plain], disk, notMounted],
    ['a disk that is changed for another, without volumes, is used', newDisk, [], disk, 'usable'],
    ['a disk that is changed for another, with volumes, is refused', newDisk, [disk], disk, replaced],
    ['a directory that is wiped is used anew', empty, [plain], plain, 'usable'],
    ['a disk that is mounted over a directory, without volumes, is used', newDisk, [], plain, 'usable'],
  ])('%s', (_, found, known, last, verdict) => {
    expect(judgeBase(found, known, last)).toBe(verdict);
  });
});
