import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../../src/disk/port.ts';
import { defaultClassParameters } from '../../../../src/model/class-parameters.ts';
import { type ChoiceFacts, choosePool, poolsLackingRoom } from '../../../../src/volume/rules/choose-pool.ts';
import type { PoolView } from '../../../../src/volume/view.ts';
import { claimView, cls, node, pendingClaim, poolView, volumeView } from '../../../support/build-views.ts';

const full = { reason: 'NoSpace', message: 'full' };
const missing = new StorageError('BaseDirectoryMissing', 'mount it');
const pool = (name: string, changes: Partial<PoolView> = {}) => poolView({ name, path: `/mnt/${name}`, ...changes });

const gib = { sizeBytes: 2 ** 30, reservedBytes: 0, promisedBytes: 0, keptBytes: 0, inodes: 0 };

interface Changes {
  of?: string[];
  begunIn?: string;
  overcommit?: number;
  enforcesQuota?: boolean;
}

const choose = (pools: PoolView[], { of, begunIn, ...changes }: Changes = {}) => {
  const parameters = { ...defaultClassParameters, pools: of, ...changes };
  const facts: ChoiceFacts = {
    pools,
    parameters,
    node: node(),
    class: cls(),
    claim: pendingClaim(),
    begunIn,
  };
  const { pool: chosen, trouble } = choosePool(facts);
  return [chosen?.name, trouble?.reason];
};

test.each<[string, PoolView[], Parameters<typeof choose>[1], (string | undefined)[]]>([
  ['the only pool', [pool('a')], {}, ['a', undefined]],
  [
    'the pool with the most free space',
    [pool('a', { freeBytes: 1 }), pool('b', { freeBytes: 2 })],
    {},
    ['b', undefined],
  ],
  ['the first of two alike', [pool('a'), pool('b')], {}, ['a', undefined]],
  ['the pool that the class names', [pool('a'), pool('b')], { of: ['b'] }, ['b', undefined]],
  [
    'a pool without trouble before a free one',
    [pool('a', { freeBytes: 9e9, trouble: full }), pool('b')],
    {},
    ['b', undefined],
  ],
  [
    'a pool whose disk answers before one whose disk has just failed',
    [pool('a', { freeBytes: 9e9, unusable: missing }), pool('b')],
    {},
    ['b', undefined],
  ],
  ['no other than where it was begun', [pool('a', { trouble: full }), pool('b')], { begunIn: 'a' }, ['a', 'NoSpace']],
  [
    'where it was begun, whatever the class says',
    [pool('a'), pool('b')],
    { of: ['b'], begunIn: 'a' },
    ['a', undefined],
  ],
  [
    'the first one, in spite of trouble in all',
    [pool('a', { trouble: full }), pool('b', { trouble: full })],
    {},
    ['a', 'NoSpace'],
  ],
  [
    'the pool that has promised less, in a burst',
    [
      pool('a', { room: { ...gib, promisedBytes: 2 ** 29 }, freeBytes: 2 ** 30 }),
      pool('b', { room: gib, freeBytes: 2 ** 30 }),
    ],
    {},
    ['b', undefined],
  ],
  [
    'a pool whose size is known before one whose size is not, however much it has promised',
    [pool('a', { room: undefined }), pool('b', { room: { ...gib, promisedBytes: 2 ** 31 } })],
    {},
    ['b', undefined],
  ],
  [
    'a pool with room for it before one that is larger',
    [pool('a', { room: { ...gib, promisedBytes: 2 ** 29 }, freeBytes: 9e12 }), pool('b', { room: gib, freeBytes: 1 })],
    { overcommit: 1 },
    ['b', undefined],
  ],
  [
    'the first one, in spite of its lack of room',
    [pool('a', { room: { ...gib, promisedBytes: 1 } })],
    { overcommit: 1 },
    ['a', 'NoRoom'],
  ],
  [
    'a pool that can hold it to its size',
    [pool('a', { quotaSupport: { by: undefined, message: '' } }), pool('b', { quotaSupport: { by: 'project' } })],
    { enforcesQuota: true },
    ['b', undefined],
  ],
  ['none, as the node has no such pool', [pool('a')], { of: ['b', 'c'] }, [undefined, 'PoolUnknown']],
])('a claim gets %s', (_, pools, changes, expected) => {
  expect(choose(pools, changes)).toEqual(expected);
});

test('who looks for a pool that is not there reads which there are, and what to give to the daemon', () => {
  const parameters = { ...defaultClassParameters, pools: ['ssd'] };
  const { trouble } = choosePool({
    pools: [pool('a'), pool('b')],
    parameters,
    node: node(),
    class: cls(),
    claim: pendingClaim(),
    begunIn: undefined,
  });
  expect(trouble?.message).toMatch(/pool ssd, and node "node-a" has a, b\..*--base-directory ssd=PATH/);
});

describe('the pools in which a claim lacks room', () => {
  const noRoom = { room: { ...gib, promisedBytes: 1 } };
  const pools = [
    pool('a', noRoom),
    pool('b', noRoom),
    pool('c', { room: gib, trouble: full }),
    pool('d', { ...noRoom, quotaSupport: { by: undefined, message: '' } }),
  ];
  const lacking = (changes: object) => poolsLackingRoom(claimView({ pools, ...changes }));

  test.each<[string, object, string[]]>([
    ['full ones that its class allows', { pools: ['a', 'c'] }, ['a']],
    ['all that are full, if its class allows any', {}, ['a', 'b', 'd']],
    ['none that could not hold it to its size either', { enforcesQuota: true }, ['a', 'b']],
  ])('are %s', (_, changes, expected) => {
    expect(lacking({ parameters: { ...defaultClassParameters, overcommit: 1, ...changes } })).toEqual(expected);
  });

  test('are the pool of its volume when it asks for more', () => {
    expect(poolsLackingRoom({ ...volumeView({}), pools, pool: 'b' })).toEqual(['b']);
  });
});
