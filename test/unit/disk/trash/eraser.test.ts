import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { StorageError } from '../../../../src/disk/port.ts';
import { Eraser } from '../../../../src/disk/trash/eraser.ts';
import { memory } from '../../../support/memory.ts';
import {
  anybody,
  eraseWhole,
  newStorage,
  openStorage,
  reasonOf,
  recordOf,
  temporaryDirectory,
  volume,
} from '../support.ts';

function newEraser() {
  const eraser = new Eraser();
  const path = temporaryDirectory(memory);
  const descriptor = openSync(path, 'r');
  onTestFinished(() => {
    closeSync(descriptor);
    return eraser.close();
  });
  const job = (name: string) => ({
    parent: `/proc/self/fd/${descriptor}/.`,
    shownParent: path,
    volume: name,
    hasRecord: true,
  });
  return { eraser, path, job };
}

test('erases one after another, and answers each its own', async () => {
  const { eraser, path, job } = newEraser();
  const sizes = [3, 0, 7, 1];
  sizes.forEach((size, index) => {
    for (let entry = 0; entry < size; entry++)
      mkdirSync(join(path, `pvc-${index}`, String(entry)), { recursive: true });
  });
  const erasures = await Promise.all(sizes.map((_, index) => eraser.erase(job(`pvc-${index}`))));
  expect(erasures).toEqual(sizes.map((entries) => ({ result: 'erased', entries })));
});

test('says that the thread died, to all who wait, and starts a new one for the next', async () => {
  const { eraser, job } = newEraser();
  const lost = [eraser.erase(null as never), eraser.erase(job('pvc-1'))];
  for (const erasure of await Promise.allSettled(lost)) {
    expect(erasure).toMatchObject({ status: 'rejected', reason: expect.any(StorageError) });
    expect(erasure).toMatchObject({
      reason: { reason: 'StorageFailed', message: expect.stringMatching(/died/) },
    });
  }
  expect(await eraser.erase(job('pvc-1'))).toEqual({ result: 'erased', entries: 0 });
});

test('stops in the midst when it is closed; the rest is erased when it is asked for again', async () => {
  const { storage, basePath } = newStorage(memory);
  const { path } = await storage.makeDirectory(recordOf(volume), anybody);
  for (let index = 0; index < 2_000; index++) mkdirSync(join(path, `d${index}`, 'e'), { recursive: true });
  await storage.trashDirectory(volume);
  const erasing = reasonOf(storage.eraseTrash(volume));
  await new Promise((resolve) => setTimeout(resolve, 1));
  await storage.close();
  expect(await erasing).toBe('StorageFailed');
  expect(await reasonOf(storage.eraseTrash(volume))).toBe('StorageFailed');
  const next = openStorage(basePath);
  expect(await eraseWhole(next, volume)).toMatchObject({ result: 'erased' });
});
