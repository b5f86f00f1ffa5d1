import { expect, test } from 'vitest';
import { KnownQuotas } from '../../../../src/disk/usage/known-quotas.ts';
import type { Quota } from '../../../../src/model/volume-record.ts';

const volume = 'pvc-1';
const quota = (bytes: number): Quota => ({ id: 2_000_000_000, bytes });
const reading = (found: Quota | undefined) => async () => found;

test('a quota is read once', async () => {
  const known = new KnownQuotas();
  await known.of(volume, reading(quota(1)));
  expect(await known.of(volume, reading(quota(2)))).toEqual(quota(1));
  expect(await known.of('pvc-2', reading(quota(3)))).toEqual(quota(3));
});

test('what was changed is read again, also if a reading is under way that may have seen the state before', async () => {
  const known = new KnownQuotas();
  const before = Promise.withResolvers<Quota>();
  const early = known.of(volume, () => before.promise);
  known.forget(volume);
  expect(await known.of(volume, reading(quota(2)))).toEqual(quota(2));
  before.resolve(quota(1));
  expect(await early).toEqual(quota(1));
  expect(await known.of(volume, reading(quota(3)))).toEqual(quota(2));
});

test('a volume without a quota is read again', async () => {
  const known = new KnownQuotas();
  expect(await known.of(volume, reading(undefined))).toBeUndefined();
  expect(await known.of(volume, reading(quota(1)))).toEqual(quota(1));
});

test('a record that cannot be read is read again', async () => {
  const known = new KnownQuotas();
  await expect(known.of(volume, () => Promise.reject(new Error('the disk is gone')))).rejects.toThrow(
    'the disk is gone',
  );
  expect(await known.of(volume, reading(quota(1)))).toEqual(quota(1));
});
