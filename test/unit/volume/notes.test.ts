import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Notes, tellLossAgainMs } from '../../../src/volume/notes.ts';

let notes: Notes;
beforeEach(() => {
  vi.useFakeTimers();
  notes = new Notes();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a creation that was not answered', () => {
  test('leaves its volume, and no other, in doubt for as long as an API server may go on with a call', () => {
    notes.doubt('pvc-1');
    expect(['pvc-1', 'pvc-2'].map((volume) => notes.inDoubtForMs(volume))).toEqual([60_000, 0]);
    vi.advanceTimersByTime(59_999);
    expect(notes.inDoubtForMs('pvc-1')).toBe(1);
    vi.advanceTimersByTime(3_600_000);
    expect(notes.inDoubtForMs('pvc-1')).toBe(0);
  });

  test('begins the time anew when another is not answered', () => {
    notes.doubt('pvc-1');
    vi.advanceTimersByTime(40_000);
    notes.doubt('pvc-1');
    vi.advanceTimersByTime(40_000);
    expect(notes.inDoubtForMs('pvc-1')).toBe(20_000);
  });
});

test('a directory is abandoned since the first look that found it so, until a look finds it otherwise', () => {
  expect(notes.abandonedForMs('pvc-1')).toBe(0);
  vi.advanceTimersByTime(500);
  expect(['pvc-1', 'pvc-2'].map((volume) => notes.abandonedForMs(volume))).toEqual([500, 0]);
  notes.set('pvc-1', { abandonedSinceMs: undefined });
  expect(notes.abandonedForMs('pvc-1')).toBe(0);
});

describe('a selected node is given back', () => {
  test('at once the first time, and each further time after a longer wait', () => {
    const waits: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      const waitMs = notes.giveBackWaitMs('pvc-1');
      waits.push(waitMs);
      vi.advanceTimersByTime(waitMs);
      notes.giveBack('pvc-1');
    }
    expect(waits).toEqual([0, 30_000, 60_000, 120_000, 300_000, 300_000, 300_000]);
    expect(notes.giveBackWaitMs('pvc-2')).toBe(0);
  });

  test('after a wait that gets shorter with time, and as for the first time after ten minutes without another', () => {
    notes.giveBack('pvc-1');
    vi.advanceTimersByTime(12_000);
    expect(notes.giveBackWaitMs('pvc-1')).toBe(18_000);
    vi.advanceTimersByTime(588_000);
    notes.giveBack('pvc-1');
    expect(notes.giveBackWaitMs('pvc-1')).toBe(30_000);
  });
});

test('a shortage counts until there was space, or until nobody has met it for two minutes', () => {
  notes.noteShortage('pvc-1', 'ssd', 'no space');
  notes.noteShortage('pvc-2', 'ssd', 'no inodes');
  const shortages = () => ['pvc-1', 'pvc-2', 'pvc-3'].map((volume) => notes.shortageOf(volume, 'ssd'));
  expect(shortages()).toEqual(['no space', 'no inodes', undefined]);
  expect(notes.shortageOf('pvc-1', 'hdd')).toBeUndefined();
  notes.noteShortage('pvc-1', 'hdd', 'no space there');
  expect(['ssd', 'hdd'].map((pool) => notes.shortageOf('pvc-1', pool))).toEqual(['no space', 'no space there']);
  notes.endShortage('pvc-1');
  vi.advanceTimersByTime(119_999);
  expect(shortages()).toEqual([undefined, 'no inodes', undefined]);
  vi.advanceTimersByTime(1);
  expect(shortages()).toEqual([undefined, undefined, undefined]);
});

describe('volumes that have lost their directory', () => {
  test('are counted by the reason that they were last reported for, until they are not reported', () => {
    for (const volume of ['pvc-1', 'pvc-2', 'pvc-3']) notes.noteLoss(volume, 'DirectoryMissing');
    notes.noteLoss('pvc-3', 'AnotherBaseDirectory');
    const counts = () => Object.fromEntries(notes.countLost());
    expect(counts()).toEqual({ DirectoryMissing: 2, AnotherBaseDirectory: 1 });
    for (const volume of ['pvc-1', 'pvc-2']) notes.noteLoss(volume, undefined);
    expect(counts()).toEqual({ AnotherBaseDirectory: 1 });
    expect([...notes.lost()]).toEqual(['pvc-3']);
    expect(['pvc-1', 'pvc-3'].map((volume) => notes.isLost(volume))).toEqual([false, true]);
  });

  test('are news when the loss is found, when it is another one, and again after ten minutes', () => {
    const looks = ['DirectoryMissing', 'DirectoryMissing', 'AnotherBaseDirectory', 'AnotherBaseDirectory'];
    expect(looks.map((reason) => notes.noteLoss('pvc-1', reason))).toEqual([true, false, true, false]);
    vi.advanceTimersByTime(tellLossAgainMs);
    const again = ['AnotherBaseDirectory', undefined, 'AnotherBaseDirectory'];
    expect(again.map((reason) => notes.noteLoss('pvc-1', reason))).toEqual([true, false, true]);
  });
});

test('kept directories are listed and counted, and are news when the answer is another one', () => {
  const abandoned = { reason: 'Abandoned', cluster: undefined } as const;
  const answers = [abandoned, abandoned, { reason: 'AnotherCluster', cluster: 'b' } as const];
  expect(answers.map((kept) => notes.setKept('pvc-1', kept))).toEqual([true, false, true]);
  notes.setKept('pvc-2', abandoned);
  expect([...notes.kept()]).toEqual([
    ['pvc-1', { reason: 'AnotherCluster', cluster: 'b' }],
    ['pvc-2', abandoned],
  ]);
  expect(Object.fromEntries(notes.countKept())).toEqual({ AnotherCluster: 1, Abandoned: 1 });
  expect([notes.setKept('pvc-1', undefined), notes.setKept('pvc-1', undefined)]).toEqual([true, false]);
});

test('trouble is news when an Event said something else last, or that it is over', () => {
  expect(['a', 'a', 'b', 'a'].map((text) => notes.noteTrouble('pvc-1', text))).toEqual([true, false, true, true]);
  expect([notes.endTrouble('pvc-1'), notes.endTrouble('pvc-1')]).toEqual([true, false]);
  expect(notes.noteTrouble('pvc-1', 'a')).toBe(true);
});

test('a volume is being deleted as the object with that UID, until the daemon fails, or nobody knows the volume', () => {
  notes.set('pvc-1', { deletingUid: 'uid-1' });
  notes.set('pvc-2', { deletingUid: 'uid-2' });
  const deleting = () => ['uid-1', 'uid-2'].map((uid, index) => notes.isDeleting(`pvc-${index + 1}`, uid));
  expect([deleting(), notes.isDeleting('pvc-1', 'uid-2')]).toEqual([[true, true], false]);
  notes.set('pvc-1', { deletingUid: undefined });
  expect(deleting()).toEqual([false, true]);
  notes.prune(
    () => false,
    () => false,
  );
  expect(deleting()).toEqual([false, false]);
});

describe('pruning', () => {
  const known = () => true;
  const unknown = () => false;

  /** What is remembered of everything that was noted, in the order in which it is forgotten below. */
  const remembered = () =>
    Object.entries({
      inDoubt: notes.inDoubtForMs('pvc-1') > 0,
      giveBack: notes.giveBackWaitMs('pvc-1') > 0,
      shortage: notes.shortageOf('pvc-1', 'ssd') !== undefined,
      told: notes.hasToldProvisioned('pvc-1'),
      lost: notes.isLost('pvc-1'),
      trouble: notes.endTrouble('pvc-1'),
      sourcePending: notes.sourcePendingForMs('pvc-1') > 0,
      kept: notes.countKept().size > 0,
      abandoned: notes.abandonedForMs('pvc-1') > 0,
    }).flatMap(([name, is]) => (is ? [name] : []));

  const forAsLongAsItLasts = ['lost', 'trouble', 'sourcePending', 'kept', 'abandoned'];
  const all = ['inDoubt', 'giveBack', 'shortage', 'told', ...forAsLongAsItLasts];

  test.each([
    ['keeps what counts of a volume that is known and left over', 1_000, known, known, all],
    ['forgets what is over, however well the volume is known', 3_600_000, known, known, forAsLongAsItLasts],
    [
      'forgets loss, trouble and source of a volume that nobody knows',
      3_600_000,
      unknown,
      known,
      ['kept', 'abandoned'],
    ],
    [
      'forgets what is kept of a volume that is not left over',
      3_600_000,
      known,
      unknown,
      ['lost', 'trouble', 'sourcePending'],
    ],
  ])('%s', (_, afterMs, isThere, isLeftover, left) => {
    notes.doubt('pvc-1');
    notes.giveBack('pvc-1');
    notes.noteShortage('pvc-1', 'ssd', 'no space');
    notes.tellProvisioned('pvc-1');
    notes.noteLoss('pvc-1', 'DirectoryMissing');
    notes.noteTrouble('pvc-1', 'a');
    notes.sourcePendingForMs('pvc-1');
    notes.abandonedForMs('pvc-1');
    notes.setKept('pvc-1', { reason: 'Abandoned', cluster: undefined });
    vi.advanceTimersByTime(afterMs);
    expect(notes.prune(isThere, isLeftover), 'whether what is kept has changed').toBe(isLeftover === unknown);
    expect(remembered()).toEqual(left);
  });
});

test('the claim that is bound is told of its volume no more', () => {
  notes.tellProvisioned('pvc-1');
  expect(notes.hasToldProvisioned('pvc-1')).toBe(true);
  notes.set('pvc-1', { toldProvisionedAtMs: undefined });
  expect(notes.hasToldProvisioned('pvc-1')).toBe(false);
});
