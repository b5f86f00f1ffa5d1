import { expect, test } from 'vitest';
import { demandOf, fits, type Room } from '../../../src/model/room.ts';

const room: Room = { sizeBytes: 1_000, reservedBytes: 100, promisedBytes: 500, keptBytes: 0, inodes: 0 };

test.each<[string, Partial<Room>, number, number, boolean]>([
  ['the last byte', {}, 400, 1, true],
  ['a byte more', {}, 401, 1, false],
  ['the last byte of twice its size', {}, 1_300, 2, true],
  ['a byte more', {}, 1_301, 2, false],
  ['the last byte of half its size', { promisedBytes: 400 }, 50, 0.5, true],
  ['nothing more when more is promised already', { promisedBytes: 2_000 }, 0, 1, false],
  ['nothing when all is reserved', { promisedBytes: 0, reservedBytes: 2_000 }, 1, 3, false],
])('a base directory can promise %s: %j, %d bytes, %d times: %s', (_, changes, bytes, most, expected) => {
  expect(fits({ ...room, ...changes }, bytes, most)).toBe(expected);
});

test.each<[string, number | undefined, boolean, number | undefined]>([
  ['is told where nothing is enforced', undefined, false, undefined],
  ['is refused where sizes are enforced', undefined, true, 1],
  ['is refused where the class says so', 1.5, false, 1.5],
  ['is allowed where the class says so', 3, true, 3],
])('promising more than the size %s', (_, overcommit, enforcesQuota, most) => {
  expect(demandOf({ requestedStorage: '1.5Ki' }, { overcommit, enforcesQuota })).toEqual({ bytes: 1_536, most });
});
