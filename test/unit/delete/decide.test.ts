import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideDelete, mayNeedUs } from '../../../src/delete/decide.ts';
import type { Disk } from '../../../src/delete/observe.ts';
import type { Volume } from '../../../src/model/volume.ts';
import { type DirectoryPlace, StorageError } from '../../../src/storage/volume-storage.ts';
import {
  basePath,
  disk,
  nodeName,
  provisionerNames,
  reference,
  releasedVolume,
  volumeName,
  volumeRecord,
  volumeView,
} from '../../support/build-views.ts';

type Changes = NonNullable<Parameters<typeof volumeView>[0]>;

const retained = volumeRecord({ reclaimPolicy: 'Retain' });
const unusable = new StorageError('BaseDirectoryMissing', `${basePath} does not exist`);
const bound = { phase: 'Bound' };

describe('decideDelete, of a volume', () => {
  /** Every condition that keeps a volume of ours from being deleted, in the order in which they are looked at. */
  const ways: [condition: string, changes: Changes, action: string, reason: string][] = [
    [
      'Kubernetes does not wait for us',
      { volume: { deleting: true, hasFinalizer: false } },
      'ignore',
      'NotWaitingForUs',
    ],
    ['it is in use', { volume: bound }, 'ignore', 'InUse'],
    ['its name is not one of ours', { volume: { name: 'foo' } }, 'refuse', 'NameNotOurs'],
    ['the base directory cannot be used', { disk: unusable }, 'fail', 'BaseDirectoryMissing'],
    ['it is to be kept, and that is not noted', { volume: { reclaimPolicy: 'Retain' } }, 'retain', 'PolicyRetain'],
    ['Kubernetes would not wait for us', { volume: { hasFinalizer: false } }, 'protect', 'PolicyDelete'],
    ['its claim lives', { livingClaim: reference }, 'wait', 'ClaimLives'],
    ['its path is not ours', { volume: { path: '/etc' } }, 'refuse', 'PathNotOurs'],
    ['it lies on another disk', { volume: { baseDirectoryId: 'base-2' } }, 'fail', 'AnotherBaseDirectory'],
    ['its directory has no record', { disk: { record: undefined } }, 'fail', 'NoRecord'],
  ];

  test.each(ways)('when %s', (_, changes, action, reason) => {
    expect(decideDelete(volumeView(changes))).toMatchObject({ action, reason });
  });

  test('of two conditions, the one that is looked at first decides', () => {
    const pairs = ways.flatMap((first, index) => ways.slice(index + 1).map((second) => [first, second] as const));
    const compatible = pairs.filter(
      ([[, a], [, b]]) => !contradict(a.volume, b.volume) && !(a.disk !== undefined && b.disk !== undefined),
    );
    for (const [first, second] of compatible) {
      const [, changes, action, reason] = first;
      // Use and deletion are no matter to a volume that is to be kept, nor is a finalizer to one without record, nor use
      // to one that may vanish any time.
      if (['NotWaitingForUs', 'InUse'].includes(reason) && second[3] === 'PolicyRetain') continue;
      if (reason === 'PolicyRetain' && second[3] === 'AnotherBaseDirectory') continue; // below, of a volume to be kept
      if (reason === 'InUse' && second[3] === 'PolicyDelete') continue;
      // That a volume in use has lost its directory comes before everything (lost.test.ts).
      if (reason === 'InUse' && ['BaseDirectoryMissing', 'AnotherBaseDirectory'].includes(second[3])) continue;
      if (reason === 'PolicyDelete' && second[3] === 'NoRecord') continue;
      const view = volumeView({ ...second[1], ...changes, ...merged(second[1], changes) });
      const both = { first: first[0], second: second[0] };
      expect({ ...both, ...decideDelete(view) }).toMatchObject({ ...both, action, reason });
    }
    expect(compatible.length).toBeGreaterThan(30);
  });

  test.each([
    ['is released', {}, 'Released'],
    ['is being deleted', { volume: { deleting: true } }, 'Deleting'],
    [
      'is being deleted although it was bound when its claim vanished',
      { volume: { ...bound, deleting: true } },
      'Deleting',
    ],
    ['was made under the other provisioner name', { volume: { provisionedBy: 'example.com/hostpath' } }, 'Released'],
    [
      'has neither finalizer nor record nor directory',
      { volume: { hasFinalizer: false }, disk: { place: 'nowhere', record: undefined } },
      'Released',
    ],
    ['was half deleted before a crash', { disk: { place: 'trash' } }, 'Released'],
    ['was erased before its object went', { disk: { place: 'nowhere', record: undefined } }, 'Released'],
    ['lost its directory', { disk: { place: 'nowhere' } }, 'Released'],
    ['does not know its base directory', { volume: { baseDirectoryId: undefined } }, 'Released'],
  ] satisfies [string, Changes, string][])('deletes one that %s', (_, changes, reason) => {
    expect(decideDelete(volumeView(changes))).toEqual({ action: 'delete', reason });
  });

  test.each([
    ['is Available', { phase: 'Available' }],
    ['is Pending', { phase: 'Pending' }],
    ['has Failed', { phase: 'Failed' }],
    ['has no phase yet', { phase: undefined }],
    ['has a phase that does not exist', { phase: 'released' }],
  ])('leaves one alone that %s', (_, volume) => {
    expect(decideDelete(volumeView({ volume }))).toEqual({ action: 'ignore', reason: 'InUse' });
  });

  const unprotected: [string, Partial<Volume>][] = [
    ['in use', { ...bound, hasFinalizer: false }],
    ['released', { hasFinalizer: false }],
  ];

  test.each(unprotected)(
    'has Kubernetes wait for us before anything else, when it is %s and we know it',
    (_, volume) => {
      const view = volumeView({ volume: { ...volume, path: '/etc' }, livingClaim: reference });
      expect(decideDelete(view)).toEqual({ action: 'protect', reason: 'PolicyDelete' });
    },
  );

  test.each(unprotected)(
    'does not have Kubernetes wait for what we do not know, and would not delete, when it is %s',
    (_, volume) => {
      for (const place of ['base', 'trash', 'nowhere'] as const) {
        const view = volumeView({ volume, disk: { record: undefined, place } });
        expect(decideDelete(view).action).not.toBe('protect');
      }
    },
  );

  test('without our finalizer in use and without record, is left alone', () => {
    const view = volumeView({ volume: { ...bound, hasFinalizer: false }, disk: { record: undefined } });
    expect(decideDelete(view)).toEqual({ action: 'ignore', reason: 'InUse' });
  });

  test('asks again about a claim that lives, because nothing tells us when it dies', () => {
    expect(decideDelete(volumeView({ livingClaim: reference }))).toHaveProperty('afterMs', 10_000);
  });
});

describe('decideDelete, of a volume that is to be kept', () => {
  test('keeps nothing under a name that is not ours, which leads nowhere', () => {
    const view = volumeView({ volume: { name: '../x', reclaimPolicy: 'Retain' } });
    expect(decideDelete(view)).toMatchObject({ action: 'refuse', reason: 'NameNotOurs' });
  });

  test('waits for the base directory that it lies in, whose journal is to note it', () => {
    const volume = { reclaimPolicy: 'Retain', baseDirectoryId: 'base-2' };
    expect(decideDelete(volumeView({ volume }))).toMatchObject({ action: 'fail', reason: 'AnotherBaseDirectory' });
    expect(decideDelete(volumeView({ volume: { ...volume, hasFinalizer: false } })).action).not.toBe('fail');
  });

  test('waits for a base directory that cannot be used: nothing is noted there', () => {
    const view = volumeView({ volume: { reclaimPolicy: 'Retain' }, disk: unusable });
    expect(decideDelete(view)).toMatchObject({ action: 'fail', reason: 'BaseDirectoryMissing' });
  });

  test.each([
    ['notes it and lets go', { hasFinalizer: true }, volumeRecord(), 'retain'],
    ['notes it although Kubernetes does not wait for us', { hasFinalizer: false }, volumeRecord(), 'retain'],
    ['lets go when it is noted', { hasFinalizer: true }, retained, 'retain'],
    ['lets go when there is nothing to note it on', { hasFinalizer: true }, undefined, 'retain'],
    ['does nothing when both is done', { hasFinalizer: false }, retained, 'ignore'],
    ['does nothing when there is nothing to do', { hasFinalizer: false }, undefined, 'ignore'],
    ['notes it while it is being deleted', { hasFinalizer: true, deleting: true }, volumeRecord(), 'retain'],
    ['notes it while it is in use', { hasFinalizer: true, ...bound }, volumeRecord(), 'retain'],
  ])('%s', (_, changes, record, action) => {
    for (const reclaimPolicy of ['Retain', 'Recycle', undefined]) {
      const view = volumeView({ volume: { ...changes, reclaimPolicy }, disk: { record } });
      expect(decideDelete(view)).toMatchObject({ action });
    }
  });
});

describe('decideDelete, of a volume without our label', () => {
  /** As the original provisioner made it, before the base directory had a label. */
  const original = { nodeLabel: undefined, baseDirectoryId: undefined, createdAt: '2026-10-01T10:00:00Z', ...bound };
  const unrecorded = { record: undefined };

  test.each([bound, {}, { ...bound, hasFinalizer: false }, { reclaimPolicy: 'Retain' }, { deleting: true }])(
    'gives one of ours the label back before anything else: %j',
    (volume) => {
      for (const nodeLabel of [undefined, 'node-b']) {
        const view = volumeView({ volume: { ...volume, nodeLabel } });
        expect(decideDelete(view)).toEqual({ action: 'label', reason: 'LabelMissing' });
      }
    },
  );

  test.each([
    ['in use', {}],
    ['released', { phase: 'Released' }],
    ['to be kept', { reclaimPolicy: 'Retain' }],
    ['available', { phase: 'Available' }],
    ['of type local or hostPath alike, under our other name', { provisionedBy: 'example.com/hostpath' }],
  ])('adopts one that was here before us and is %s', (_, changes) => {
    const view = volumeView({ volume: { ...original, hasFinalizer: false, ...changes }, disk: unrecorded });
    expect(decideDelete(view)).toEqual({
      action: 'adopt',
      reason: 'MadeEarlier',
      record: {
        version: 1,
        volume: volumeName,
        claim: reference,
        class: 'fast',
        node: nodeName,
        reclaimPolicy: 'Delete',
        createdAt: original.createdAt,
      },
      baseDirectory: disk().baseDirectory,
    });
  });

  test('finishes an adoption that was broken off after the record', () => {
    const view = volumeView({ volume: original });
    const { record, baseDirectory } = disk();
    expect(decideDelete(view)).toEqual({ action: 'adopt', reason: 'MadeEarlier', record, baseDirectory });
  });

  test('only labels one that has a record, and whose directory is not in its place', () => {
    for (const place of ['nowhere', 'trash'] as const) {
      const view = volumeView({ volume: original, disk: { place } });
      expect(decideDelete(view)).toEqual({ action: 'label', reason: 'LabelMissing' });
    }
  });

  const forged: [string, Partial<Volume>, Partial<Disk>?][] = [
    ['that is not older than the base directory', { createdAt: '2026-11-01T10:00:00Z' }],
    ['that is younger than the base directory', { createdAt: '2026-11-02T10:00:00Z' }],
    ['whose age nobody knows', { createdAt: undefined }],
    ['whose age is nonsense', { createdAt: 'long ago' }],
    ['of another path', { path: `${basePath}/pvc-other` }],
    ['of a path outside', { path: `${basePath}-evil/${volumeName}` }],
    ['of no path', { path: undefined }],
    ['for no claim', { claim: undefined }],
    ["whose claim's UID is not in its name", { claim: { ...reference, uid: 'bbbb-2' } }],
    ['of no class', { className: undefined }],
    ['of another base directory', { baseDirectoryId: 'base-2' }],
    ['of another node', { identity: 'node-b' }],
    ['of another provisioner', { provisionedBy: 'theirs' }],
    ['of a name that we do not give', { name: 'data', path: `${basePath}/data` }],
    ['without a directory', {}, { place: 'nowhere' }],
    ['whose directory is in the trash', {}, { place: 'trash' }],
  ];

  test.each(forged)('neither adopts nor labels one %s', (_, changes, place = {}) => {
    const view = volumeView({ volume: { ...original, ...changes }, disk: { ...unrecorded, ...place } });
    expect(['adopt', 'label']).not.toContain(decideDelete(view).action);
  });

  test('waits with both while the base directory cannot be used', () => {
    const view = volumeView({ volume: { ...original, phase: 'Released' }, disk: unusable });
    expect(decideDelete(view)).toMatchObject({ action: 'fail', reason: 'BaseDirectoryMissing' });
  });
});

test('decideDelete does not ask the disk about a name that we never gave, so that a forged volume leaves no failure', () => {
  const view = volumeView({ volume: undefined, disk: unusable });
  expect(decideDelete({ ...view, name: 'forged' })).toEqual({ action: 'ignore', reason: 'NotOurs' });
  expect(decideDelete(view)).toMatchObject({ action: 'fail' });
});

describe('decideDelete, of what a volume left behind', () => {
  const without: [string, Partial<Volume> | undefined, reason: string][] = [
    ['the volume is gone', undefined, 'VolumeGone'],
    ["the volume is another node's", { identity: 'node-b' }, 'NotOurs'],
    ['the volume is of another provisioner', { provisionedBy: 'theirs' }, 'NotOurs'],
    ['the volume does not say who made it', { identity: undefined, provisionedBy: undefined }, 'NotOurs'],
    [
      'another volume is being deleted without waiting for us',
      { identity: 'node-b', deleting: true, hasFinalizer: false },
      'NotOurs',
    ],
  ];

  describe.each(without)('when %s', (_, volume, reason) => {
    const left = (disk: NonNullable<Changes['disk']>, changes: Changes = {}) =>
      decideDelete(volumeView({ volume, disk, ...changes }));

    test.each<[string, Changes['disk'] & object, object]>([
      ['nothing at all', { record: undefined, place: 'nowhere' }, { action: 'ignore', reason }],
      ['a directory that is not ours', { record: undefined, place: 'base' }, { action: 'ignore', reason }],
      [
        'trash is erased although its record is gone',
        { record: undefined, place: 'trash' },
        { action: 'erase', reason },
      ],
      ['trash is erased', { place: 'trash' }, { action: 'erase', reason }],
      ['trash is erased although it was to be kept', { record: retained, place: 'trash' }, { action: 'erase', reason }],
      ['a directory that is to be kept', { record: retained, place: 'base' }, { action: 'ignore', reason: 'Retained' }],
      [
        'a record of what was to be kept is forgotten once both volume and directory are gone',
        { record: retained, place: 'nowhere' },
        volume === undefined ? { action: 'forget', reason: 'DirectoryGone' } : { action: 'ignore', reason: 'Retained' },
      ],
      [
        "another node's directory, on a disk that moved or is shared",
        { record: volumeRecord({ node: 'node-b' }), place: 'base' },
        { action: 'ignore', reason },
      ],
      ['a directory is for its claim to say', { place: 'base' }, { action: 'askClaim', reason, claim: reference }],
      [
        'a record without directory is for its claim to say',
        { place: 'nowhere' },
        { action: 'askClaim', reason, claim: reference },
      ],
    ])('%s', (_, disk, decision) => {
      expect(left(disk)).toEqual(decision);
      expect(left(disk, { livingClaim: reference })).toEqual(decision);
    });

    test('the claim that is asked is the one of the record, not one that the volume names', () => {
      const claim = { namespace: 'other', name: 'other', uid: 'other' };
      expect(left({ record: volumeRecord({ claim }) })).toMatchObject({ action: 'askClaim', claim });
    });

    test('a base directory that cannot be used proves nothing', () => {
      const unproven =
        volume === undefined
          ? { action: 'fail', reason: 'BaseDirectoryMissing', error: unusable }
          : { action: 'ignore', reason };
      expect(left(unusable)).toEqual(unproven);
    });
  });
});

describe('a volume that somebody forged or damaged', () => {
  const other = 'pvc-bbbb-2';
  const longPath = `${basePath}/${'a'.repeat(4096 - basePath.length - 1)}`;
  const paths: (string | undefined)[] = [
    undefined,
    '',
    '/',
    '//',
    '.',
    '..',
    '/etc',
    '/etc/passwd',
    '/tmp',
    '/tmp/',
    basePath,
    `${basePath}/`,
    `${basePath}/.`,
    `${basePath}/..`,
    `${basePath}/*`,
    `${basePath}-evil/${volumeName}`,
    `${basePath}/../${volumeName}`,
    `${basePath}/../hostpath-provisioner/${volumeName}`,
    `${basePath}/./${volumeName}`,
    `${basePath}//${volumeName}`,
    `/${basePath}/${volumeName}`,
    `${basePath}/${volumeName}/`,
    `${basePath}/${volumeName}/.`,
    `${basePath}/${volumeName}/..`,
    `${basePath}/${volumeName}/../${other}`,
    `${basePath}/${volumeName}/data`,
    `${basePath}/${volumeName} `,
    ` ${basePath}/${volumeName}`,
    `${basePath}/${volumeName}\n`,
    `${basePath}/${volumeName}\0`,
    `${basePath}\0/${volumeName}`,
    `${basePath}/${volumeName.toUpperCase()}`,
    `${basePath}/${other}`,
    `${basePath}/${other}/../${volumeName}`,
    `${basePath}/.hostpath-provisioner`,
    `${basePath}/.hostpath-provisioner/trash/${volumeName}`,
    `${basePath}/.hostpath-provisioner/base.json`,
    volumeName,
    `./${volumeName}`,
    `../${volumeName}`,
    `~/${volumeName}`,
    `file://${basePath}/${volumeName}`,
    `\\tmp\\hostpath-provisioner\\${volumeName}`,
    `${basePath}/%70vc-aaaa-1`,
    `${basePath}/pvc-аааа-1`,
    `/proc/self/root${basePath}/${volumeName}`,
    longPath,
  ];
  const names = [
    'foo',
    '',
    '.',
    '..',
    '/',
    'pvc-',
    'pvc-../x',
    'pvc-..',
    'pvc-.hidden',
    'PVC-aaaa-1',
    'xpvc-aaaa-1',
    'pvc-aaaa-1/',
    'pvc-aaaa-1/..',
    'pvc-aaaa-1\0',
    'pvc-aaaa-1\n',
    '../pvc-aaaa-1',
    '.hostpath-provisioner',
    'base.json',
    `pvc-${'a'.repeat(200)}`,
  ];
  const makers: Partial<Volume>[] = [
    { identity: undefined },
    { identity: '' },
    { identity: 'node-b' },
    { identity: 'node-a.evil' },
    { identity: 'NODE-A' },
    { identity: '*' },
    { provisionedBy: undefined },
    { provisionedBy: '' },
    { provisionedBy: 'kubernetes.io/host-path' },
    { provisionedBy: 'rancher.io/local-path' },
    { provisionedBy: 'hostpath-provisioner,example.com/hostpath' },
    { provisionedBy: 'example.com' },
    { identity: 'node-b', provisionedBy: 'rancher.io/local-path' },
  ];
  const forged: [string, Partial<Volume>][] = [
    ...paths.map((path): [string, Partial<Volume>] => [`path ${shown(path)}`, { path }]),
    ...paths.map((path): [string, Partial<Volume>] => [
      `foreign identity, path ${shown(path)}`,
      { path, identity: 'node-b' },
    ]),
    ...names.map((name): [string, Partial<Volume>] => [`name ${shown(name)}`, { name }]),
    ...names.map((name): [string, Partial<Volume>] => [
      `name ${shown(name)}, a right path`,
      { name, path: `${basePath}/pvc-aaaa-1` },
    ]),
    ...makers.map((maker): [string, Partial<Volume>] => [`maker ${JSON.stringify(maker)}`, maker]),
    ...['', 'base-2', 'BASE-1', 'base-1 '].map((id): [string, Partial<Volume>] => [
      `base directory ${shown(id)}`,
      { baseDirectoryId: id },
    ]),
  ];

  test.each(forged)('is not deleted: %s', (_, changes) => {
    for (const deleting of [false, true]) {
      const view = volumeView({ volume: { ...changes, deleting }, name: changes.name ?? volumeName });
      expect(['ignore', 'refuse', 'fail', 'askClaim']).toContain(decideDelete(view).action);
    }
  });

  test('of any path and any name, only the one directory of that volume is deleted', () => {
    const step = fc.constantFrom(
      '',
      '.',
      '..',
      'tmp',
      'hostpath-provisioner',
      volumeName,
      other,
      '.hostpath-provisioner',
    );
    const path = fc.array(step, { maxLength: 6 }).map((steps) => steps.join('/'));
    fc.assert(
      fc.property(path, fc.constantFrom(volumeName, other, ...names), (somePath, name) => {
        const decision = decideDelete(volumeView({ volume: { name, path: somePath } }));
        expect(decision.action !== 'delete' || somePath === `${basePath}/${name}`).toBe(true);
      }),
    );
  });

  test.each([
    ['under a name that is not ours', { volume: { name: '../etc' } }, 'refuse'],
    ['on a disk that is not the one it was made on', { volume: { baseDirectoryId: 'base-2' } }, 'fail'],
    ['on a disk that has lost its journal', { disk: { record: undefined } }, 'fail'],
    ['at a path that is not ours', { volume: { path: '/etc' } }, 'refuse'],
  ] satisfies [string, Changes, string][])(
    'is tried again where the disk may be repaired: %s',
    (_, changes, action) => {
      expect(decideDelete(volumeView(changes)).action).toBe(action);
    },
  );

  test('has its name checked before the disk is asked about it', () => {
    const view = volumeView({ volume: { name: '../etc' }, disk: unusable });
    expect(decideDelete(view)).toMatchObject({ action: 'refuse', reason: 'NameNotOurs' });
  });

  test('is left alone when it points at the right place, but the journal has not made it', () => {
    const decision = decideDelete(volumeView({ disk: { record: undefined, place: 'base' } }));
    expect(decision).toMatchObject({ action: 'fail', error: { message: expect.stringContaining('by hand') } });
  });
});

describe('what a user is told', () => {
  test.each([
    [{ volume: { name: 'foo' } }, /"foo" is not a name .*Remove by hand/],
    [{ volume: { path: '/etc' } }, /its path is "\/etc", but .*nothing was removed/],
    [{ volume: { path: undefined } }, /its path is ""/],
  ] satisfies [Changes, RegExp][])('of %j', (changes, message) => {
    expect(decideDelete(volumeView(changes))).toHaveProperty('message', expect.stringMatching(message));
  });

  test('of another disk: which it was, which it is, and what to do', () => {
    expect(decideDelete(volumeView({ volume: { baseDirectoryId: 'base-2' } }))).toHaveProperty(
      'error.message',
      expect.stringMatching(/id base-2, but .* has id base-1 now: mount the disk that was there/),
    );
  });
});

describe('mayNeedUs', () => {
  const maker = { nodeName, provisionerNames };
  const ask = (changes: Partial<Volume>) => mayNeedUs(releasedVolume(changes), maker);

  test.each<[string, Partial<Volume>, boolean]>([
    ['released', {}, true],
    ['released and unprotected', { hasFinalizer: false }, true],
    ['being deleted', { deleting: true }, true],
    ['in quiet use', bound, false],
    ['in use and unprotected', { ...bound, hasFinalizer: false }, true],
    ["another node's", { identity: 'node-b' }, false],
    ['kept, and free of us', { reclaimPolicy: 'Retain', hasFinalizer: false }, false],
    ['kept, and still held by us', { reclaimPolicy: 'Retain' }, true],
    ['released under a name that is not ours', { name: 'foo' }, true],
    ['on its way out without us', { deleting: true, hasFinalizer: false }, false],
  ])('of a volume that is %s', (_, changes, needs) => {
    expect(ask(changes)).toBe(needs);
  });

  test('passes over nothing of ours that a full look would act upon, but a note on a volume that nobody holds', () => {
    const anyVolume = fc.record({
      name: fc.constantFrom(volumeName, 'foo'),
      identity: fc.constantFrom(nodeName, 'node-b', undefined),
      provisionedBy: fc.constantFrom('hostpath-provisioner', 'theirs', undefined),
      path: fc.constantFrom(`${basePath}/${volumeName}`, '/etc', undefined),
      baseDirectoryId: fc.constantFrom('base-1', 'base-2', undefined),
      phase: fc.constantFrom('Pending', 'Available', 'Bound', 'Released', 'Failed', undefined),
      reclaimPolicy: fc.constantFrom('Delete', 'Retain', 'Recycle', undefined),
      deleting: fc.boolean(),
      hasFinalizer: fc.boolean(),
    });
    const anyDisk = fc.record({
      record: fc.constantFrom(volumeRecord(), retained, undefined),
      place: fc.constantFrom<DirectoryPlace>('base', 'trash', 'nowhere'),
    });
    const anyClaim = fc.constantFrom(reference, undefined);
    const harmless: Record<string, string[]> = {
      PolicyRetain: ['retain'],
      // Lost directories are found by a look at their names (watch/directories.ts).
      DirectoryMissing: ['report'],
      AnotherBaseDirectory: ['report'],
      NameNotOurs: ['refuse'],
      // What lies here under the name of somebody else's volume is found by its record, not by that volume.
      NotOurs: ['ignore', 'askClaim', 'erase'],
    };
    fc.assert(
      fc.property(anyVolume, anyDisk, anyClaim, (volume, disk, livingClaim) => {
        if (ask(volume)) return;
        const { action, reason } = decideDelete(volumeView({ volume, disk, livingClaim }));
        expect(harmless[reason] ?? ['ignore']).toContain(action);
      }),
      { numRuns: 500 },
    );
  });
});

function shown(text: string | undefined): string {
  if (text === undefined) return 'none';
  return text.length > 80 ? `of ${text.length} characters` : JSON.stringify(text);
}

/** Whether two changes cannot be made together: one of them would hide the other. */
function contradict(a: object | undefined, b: object | undefined): boolean {
  return a !== undefined && b !== undefined && Object.keys(a).some((key) => key in b);
}

function merged(a: Changes, b: Changes): Pick<Changes, 'volume'> {
  return a.volume === undefined && b.volume === undefined ? {} : { volume: { ...a.volume, ...b.volume } };
}
