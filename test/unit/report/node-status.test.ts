import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import { version } from '../../../src/model/version.ts';
import { type NodeFacts, nodeStatus, type PoolFacts } from '../../../src/report/node-status.ts';
import { baseDirectory } from '../../support/build-views.ts';

const used = {
  volume: 'pvc-1',
  capacityBytes: 100,
  usedBytes: 30,
  availableBytes: 70,
  inodes: 3,
  ageSeconds: 9,
};

const pool = (changes: Partial<PoolFacts> = {}): PoolFacts => ({
  path: '/data',
  found: undefined,
  space: undefined,
  room: undefined,
  orphans: undefined,
  limitsHeld: undefined,
  usage: { pool: 'ssd', volumes: [], trashBytes: undefined, freeBytes: undefined },
  trashed: [],
  ...changes,
});

const statusOf = (changes: Partial<NodeFacts>) =>
  nodeStatus({ node: 'node-1', troubles: [], pools: [], keptDirectories: new Map(), lost: [], ...changes });

const baseOf = (changes: Partial<PoolFacts>) => statusOf({ pools: [pool(changes)] }).baseDirectories[0];

test('says which document it is, of which node and daemon, and what is wrong', () => {
  const troubles = ['nodes: not listed yet'];
  expect(statusOf({ troubles, keptDirectories: new Map([['Abandoned', 2]]) })).toStrictEqual({
    apiVersion: 'hostpath-provisioner/v1',
    kind: 'NodeStatus',
    node: 'node-1',
    version,
    troubles,
    baseDirectories: [],
    keptDirectories: { Abandoned: 2 },
    volumes: [],
  });
});

describe('a base directory', () => {
  const unknown = { pool: 'ssd', path: '/data', usable: false, trash: { volumes: [] } };

  test('shows all that is known of it', () => {
    const known: Partial<PoolFacts> = {
      found: { ...baseDirectory, fileSystem: 'xfs', mounted: true, elsewhere: '/var/data' },
      space: { sizeBytes: 1_000, usableBytes: 900, freeBytes: 500, inodes: 90, freeInodes: 9 },
      room: { sizeBytes: 900, reservedBytes: 100, promisedBytes: 300, keptBytes: 0, inodes: 90 },
      orphans: 0,
      limitsHeld: false,
      usage: { pool: 'ssd', volumes: [], trashBytes: 7, freeBytes: 500 },
      trashed: [
        { volume: 'pvc-1', usedBytes: 7 },
        { volume: 'pvc-2', usedBytes: undefined },
      ],
    };
    expect(baseOf(known)).toStrictEqual({
      pool: 'ssd',
      path: '/data',
      usable: true,
      fileSystem: 'xfs',
      mounted: true,
      elsewhere: '/var/data',
      sizeBytes: 1_000,
      freeBytes: 500,
      inodes: 90,
      freeInodes: 9,
      promisedBytes: 300,
      reservedBytes: 100,
      orphans: 0,
      limitsHeld: false,
      trash: { usedBytes: 7, volumes: [{ volume: 'pvc-1', usedBytes: 7 }, { volume: 'pvc-2' }] },
    });
  });

  test('that was not inspected yet says so', () => {
    expect(baseOf({})).toStrictEqual({ ...unknown, message: 'not inspected yet' });
  });

  test('that cannot be used says why', () => {
    const found = new StorageError('BaseDirectoryMissing', 'mount it');
    expect(baseOf({ found })).toStrictEqual({ ...unknown, reason: 'BaseDirectoryMissing', message: 'mount it' });
  });

  test('on a file system without a fixed number of inodes has none', () => {
    const space = { sizeBytes: 1_000, usableBytes: 900, freeBytes: 500, inodes: 0, freeInodes: 0 };
    expect(baseOf({ space })).toStrictEqual({
      ...unknown,
      message: 'not inspected yet',
      sizeBytes: 1_000,
      freeBytes: 500,
    });
  });
});

describe('a volume', () => {
  const volumesOf = (volume: typeof used | Partial<typeof used>, lost: NodeFacts['lost'] = []) => {
    const nothing = { usedBytes: undefined, availableBytes: undefined, inodes: undefined, ageSeconds: undefined };
    const usage = { ...nothing, volume: 'pvc-1', capacityBytes: 100, ...volume };
    return statusOf({
      pools: [pool({ usage: { pool: 'ssd', volumes: [usage], trashBytes: undefined, freeBytes: 500 } })],
      lost,
    }).volumes;
  };

  test('that a limit holds has what the limit leaves', () => {
    expect(volumesOf(used)).toStrictEqual([{ ...used, pool: 'ssd' }]);
  });

  test('without a limit has what is free on the disk, and before its first count no more', () => {
    expect(volumesOf({})).toStrictEqual([{ volume: 'pvc-1', pool: 'ssd', capacityBytes: 100, availableBytes: 500 }]);
  });

  test('whose directory is missing says so, wherever it should be', () => {
    const lost = [
      { volume: 'pvc-1', pool: 'ssd', capacityBytes: 100 },
      { volume: 'pvc-2', pool: 'ssd', capacityBytes: 50 },
    ];
    expect(volumesOf(used, lost)).toStrictEqual([
      { ...used, pool: 'ssd', directoryMissing: true },
      { volume: 'pvc-2', pool: 'ssd', capacityBytes: 50, directoryMissing: true },
    ]);
  });
});
