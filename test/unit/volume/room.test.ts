import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Space } from '../../../src/disk/port.ts';
import { RoomAccount } from '../../../src/volume/room.ts';

const strict = { most: 1 };

let registered: Map<string, number>;
let space: Space | undefined;
let offered: string[];
let account: RoomAccount;
beforeEach(() => {
  vi.useFakeTimers();
  registered = new Map();
  space = { sizeBytes: 1_200, usableBytes: 1_000, freeBytes: 900, inodes: 50, freeInodes: 40 };
  offered = [];
  account = new RoomAccount({
    space: () => space,
    registeredBytes: () => [...registered.values()].reduce((sum, bytes) => sum + bytes, 0),
    registeredBytesOf: (volume) => registered.get(volume) ?? 0,
    reserve: { share: 0.1 },
    onRoom: (volume) => offered.push(volume),
  });
});
afterEach(() => {
  account.stop();
  vi.useRealTimers();
});

/** The watch shows the volume object with that size, or none. */
function register(volume: string, bytes: number | undefined): void {
  if (bytes === undefined) registered.delete(volume);
  else registered.set(volume, bytes);
  account.registered(volume);
}

const promised = () => account.room?.promisedBytes;

describe('what a base directory has promised', () => {
  test('is nothing at first, of its size without what is reserved', () => {
    expect(account.room).toEqual({ sizeBytes: 1_000, reservedBytes: 100, promisedBytes: 0, keptBytes: 0, inodes: 50 });
  });

  test('is not known while it cannot be used: only claims that may get more than there is are promised anything', async () => {
    space = undefined;
    expect([account.room, account.without('a')]).toEqual([undefined, undefined]);
    expect(account.take('a', { bytes: 1, ...strict })).toBe(false);
    expect(account.take('b', { bytes: 5_000, most: undefined })).toBe(true);
    account.lacks('a', { bytes: 1, ...strict });
    account.becameLarger();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(offered).toEqual([]);
  });

  test('counts a volume once, from its making until it is gone', () => {
    account.take('a', { bytes: 300, ...strict });
    expect(promised()).toBe(300);
    register('a', 300);
    expect(promised()).toBe(300);
    register('a', undefined);
    expect(promised()).toBe(0);
  });

  test('counts a volume that grows once, from its beginning', () => {
    register('a', 300);
    account.take('a', { bytes: 500, ...strict });
    expect(promised()).toBe(500);
    account.registered('a'); // something else of it has changed
    expect(promised()).toBe(500);
    register('a', 500);
    expect(promised()).toBe(500);
    account.release('a');
    expect(promised()).toBe(500);
  });

  test('counts a directory that stays without its volume object, until it is released', () => {
    register('a', 300);
    account.hold('a', 300);
    expect(promised()).toBe(300);
    register('a', undefined);
    expect(promised()).toBe(300);
    account.hold('a', 300);
    expect(promised()).toBe(300);
    for (const _ of ['once', 'again']) account.release('a');
    expect(promised()).toBe(0);
  });

  test('tells what directories have that stay without a volume object', () => {
    const kept = () => account.room?.keptBytes;
    register('a', 300);
    account.keep('a', 300);
    account.hold('b', 200);
    expect(kept()).toBe(0);
    register('a', undefined);
    expect([kept(), promised()]).toEqual([300, 500]);
    account.keep('b', 200);
    expect([kept(), promised()]).toEqual([500, 500]);
    account.release('a');
    account.hold('b', 200);
    expect([kept(), promised()]).toEqual([0, 200]);
  });

  test('counts no directory that is not there any more', () => {
    for (const volume of ['a', 'b', 'c']) account.hold(volume, 100);
    account.releaseOthers((volume) => volume === 'b');
    expect(promised()).toBe(100);
  });

  test('is shown to a volume without its own part', () => {
    register('a', 300);
    account.hold('a', 400);
    account.hold('b', 200);
    expect([account.without('a'), account.without('b'), account.without('c')]).toMatchObject([
      { promisedBytes: 200 },
      { promisedBytes: 400 },
      { promisedBytes: 600 },
    ]);
  });
});

describe('room', () => {
  test('is given to the first of those that were judged at the same time', () => {
    const taken = ['a', 'b', 'c', 'd'].map((volume) => account.take(volume, { bytes: 300, ...strict }));
    expect(taken).toEqual([true, true, true, false]);
    expect(promised()).toBe(900);
  });

  test('is given again to the one that has it', () => {
    account.take('a', { bytes: 900, ...strict });
    expect(account.take('a', { bytes: 900, ...strict })).toBe(true);
  });

  test('is given beyond the size where that is only told', () => {
    expect(account.take('a', { bytes: 5_000, most: undefined })).toBe(true);
    expect(promised()).toBe(5_000);
  });

  test.each<[string, () => void]>([
    ['a volume is gone', () => register('a', undefined)],
    ['a volume becomes smaller', () => register('a', 100)],
    ['a directory is released', () => account.release('b')],
    [
      'the disk becomes larger',
      () => {
        space = { sizeBytes: 5_000, usableBytes: 5_000, freeBytes: 900, inodes: 50, freeInodes: 40 };
        account.becameLarger();
      },
    ],
  ])('is offered once %s, to those for whom it suffices, once', async (_, happen) => {
    register('a', 600);
    account.hold('b', 300);
    account.lacks('small', { bytes: 300, ...strict });
    account.lacks('large', { bytes: 9_000, ...strict });
    account.lacks('other', { bytes: 300, ...strict });
    account.lacksNothing('other');
    happen();
    expect(offered).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(offered).toEqual(['small']);
    account.becameLarger();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(offered).toEqual(['small']);
  });

  test('is offered to nobody after the stop', async () => {
    account.hold('b', 900);
    account.lacks('small', { bytes: 300, ...strict });
    account.release('b');
    account.stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(offered).toEqual([]);
  });
});
