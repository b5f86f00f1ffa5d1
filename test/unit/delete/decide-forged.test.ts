import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideDelete } from '../../../src/delete/decide.ts';
import { StorageError } from '../../../src/disk/port.ts';
import type { Volume } from '../../../src/model/volume.ts';
import { basePath, volumeName, volumeView } from '../../support/build-views.ts';

type Changes = NonNullable<Parameters<typeof volumeView>[0]>;

const unusable = new StorageError('BaseDirectoryMissing', `${basePath} does not exist`);

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

function shown(text: string | undefined): string {
  if (text === undefined) return 'none';
  return text.length > 80 ? `of ${text.length} characters` : JSON.stringify(text);
}
