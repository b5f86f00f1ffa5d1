import { describe, expect, test } from 'vitest';
import type { ReportLine } from '../../faults/agent/plan.ts';
import { missingForDurability, missingForRemoval, removalsInPlace } from '../../faults/oracles/durability.ts';

const base = '/base';
const path = '/base/pvc-1';
const folder = '/base/.hostpath-provisioner/volumes';
const recordPath = `${folder}/pvc-1.json`;
const temporary = '/base/.hostpath-provisioner/x.tmp';

type Call = [label: string, path: string, to?: string];

/** The calls that make a directory durable, in an order that does. */
const calls: Call[] = [
  ['create', temporary],
  ['write', temporary],
  ['fsync', temporary],
  ['rename', temporary, recordPath],
  ['fsync', folder],
  ['mkdir', path],
  ['fchmod', path],
  ['fsync', path],
  ['fsync', base],
];

/** A life in which each call is begun and ended. */
function life(number: number, made: Call[]): ReportLine[] {
  const counts = new Map<string, number>();
  return made.flatMap(([label, at, to]) => {
    const nth = (counts.get(label) ?? 0) + 1;
    counts.set(label, nth);
    const line = { life: number, kind: 'fs', label, nth, path: at, ...(to !== undefined && { to }) } as const;
    return [{ ...line, event: 'begin' } as const, { ...line, event: 'end' } as const];
  });
}

const missing = (lines: ReportLine[]) => missingForDurability(lines, { path, base, recordPath });

describe('S2', () => {
  test('is content with everything synced in order, in one life or over two', () => {
    expect(missing(life(1, calls))).toEqual([]);
    const again: Call[] = [['fsync', folder], ...calls.slice(6)];
    expect(missing([...life(1, calls.slice(0, 7)), ...life(2, again)])).toEqual([]);
  });

  test('takes an fsync of the journal after a last change of it for one of all that came before', () => {
    const ordered: Call[] = [...calls.slice(0, 4), ...calls.slice(5, 7), ['fchmod', folder], ['fsync', folder]];
    expect(missing(life(1, ordered))).toEqual([]);
    expect(missing(life(1, ordered.toSpliced(-2, 1))).join()).toMatch(/pvc-1 has no fsync.*base has no fsync/);
  });

  test.each<[string, number, RegExp]>([
    ['the record', 2, /record|put in place unsynced/],
    ['the journal', 4, /volumes has no fsync after the record was put in place/],
    ['the directory', 7, /pvc-1 has no fsync after its last change/],
    ['the base directory', 8, /base has no fsync/],
    ['the making of the directory', 5, /nobody made/],
    ['the placing of the record', 3, /was not in place before the directory/],
  ])('misses %s when its call is left out', (_, index, words) => {
    const problems = missing(life(1, calls.toSpliced(index, 1)));
    expect(problems.join('; ')).toMatch(words);
  });

  test('does not take an fsync before the last change for one after it', () => {
    const swapped = calls.with(6, calls[7] as Call).with(7, calls[6] as Call);
    expect(missing(life(1, swapped)).join()).toMatch(/no fsync after its last change/);
  });

  test('does not count an fsync that was under way when the directory was made', () => {
    const lines = life(1, calls);
    const isBaseSync = ({ label, path: at }: ReportLine) => label === 'fsync' && at === base;
    const begin = lines.find((line) => isBaseSync(line) && line.event === 'begin') as ReportLine;
    const early = [begin, ...lines.filter((line) => line !== begin)];
    expect(missing(early).join()).toMatch(/base has no fsync/);
  });

  test('does not count an fsync that failed, nor one whose end nobody saw', () => {
    const lines = life(1, calls);
    const failed = lines.map((line, index) => (index === lines.length - 1 ? { ...line, code: 'EIO' } : line));
    expect(missing(failed).join()).toMatch(/base has no fsync/);
    expect(missing(lines.slice(0, -1)).join()).toMatch(/base has no fsync/);
  });

  test('counts a change whose end nobody saw: the life may have died after it', () => {
    const lines = life(1, [...calls, ['fchmod', path]]).slice(0, -1);
    expect(missing(lines).join()).toMatch(/no fsync after its last change/);
  });
});

describe('S5', () => {
  const trash = '/base/.hostpath-provisioner/trash/pvc-1';
  const move: Call[] = [
    ['mkdir', trash],
    ['rename', path, `${trash}/directory`],
    ['fsync', trash],
    ['fsync', base],
  ];
  const missingOf = (made: Call[]) => missingForRemoval(life(1, made), { path, base });

  test('is content when both folders of the move were synced after it', () => {
    expect(missingOf(move)).toEqual([]);
    expect(missingOf([])).toEqual([]);
  });

  test('is content when a change and an fsync of the journal came after it', () => {
    expect(missingOf([...move.slice(0, 2), ['fchmod', folder], ['fsync', folder]])).toEqual([]);
  });

  test.each([2, 3])('misses the fsync that is left out: call %i', (index) => {
    expect(missingOf(move.toSpliced(index, 1)).join()).toMatch(/no fsync after the directory was moved/);
  });
});

test('S4: what is removed in a volume that is in its place is found, and the trash and an empty directory are not', () => {
  const found = (...made: Call[]) => removalsInPlace(life(1, made), base);
  expect(found(['rmdir', path], ['unlink', '/base/.hostpath-provisioner/trash/pvc-1/directory/x'])).toEqual([]);
  expect(found(['unlink', `${path}/x`])).toEqual([`unlink ${path}/x`]);
  expect(found(['rm', path])).toEqual([`rm ${path}`]);
});
