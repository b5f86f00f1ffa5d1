import { expect, test, vi } from 'vitest';
import { calls } from '../../../src/disk/calls.ts';
import { memory } from '../../support/memory.ts';
import { journeyOf } from './faults.ts';
import { anybody, newStorage, recordOf, volume } from './support.ts';

vi.mock('../../../src/disk/base/change-order.ts', () => ({ keepsOrder: () => true }));

const ours = '.hostpath-provisioner';
const names = Array.from({ length: 100 }, (_, n) => `pvc-${n}`);

test('where the order of changes is kept, two fsyncs make a directory durable: of the record, and of all the rest', async () => {
  const { storage, basePath } = newStorage(memory);
  await storage.inspect();
  const make = () => storage.makeDirectory(recordOf(volume), anybody);
  const barrier = [`fchmod ${ours}/volumes`, `fsync ${ours}/volumes`];
  expect(await journeyOf(basePath, make)).toEqual([
    `writeFile ${ours}/temporary`, // with an fsync
    `rename ${ours}/temporary ${ours}/volumes/${volume}.json`,
    `mkdir ${volume}`,
    `fchmod ${volume}`,
    ...barrier,
  ]);
  expect(await journeyOf(basePath, make)).toEqual([`mkdir ${volume}`, ...barrier]);
});

test('directories that are made at the same time share them', async () => {
  const { storage } = newStorage(memory);
  await storage.inspect();
  const fsync = vi.spyOn(calls, 'fsync');
  const write = vi.spyOn(calls, 'writeFile');
  await Promise.all(names.map((name) => storage.makeDirectory(recordOf(name), anybody)));
  expect(write.mock.calls.length + fsync.mock.calls.length).toBeLessThan(20);
});

test('where the order of changes is kept, one fsync makes a removal durable', async () => {
  const { storage, basePath } = newStorage(memory);
  await storage.makeDirectory(recordOf(volume), anybody);
  expect(await journeyOf(basePath, () => storage.trashDirectory(volume))).toEqual([
    `mkdir ${ours}/trash/${volume}`,
    `rename ${volume} ${ours}/trash/${volume}/directory`,
    `rename ${ours}/volumes/${volume}.json ${ours}/trash/${volume}/record.json`,
    `fchmod ${ours}/volumes`,
    `fsync ${ours}/volumes`,
  ]);
});
