import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../../src/disk/port.ts';
import { firstId, lastId, QuotaIds, type UsedId } from '../../../../src/disk/quota/ids.ts';

async function idsWith(...used: UsedId[]): Promise<QuotaIds> {
  const ids = new QuotaIds();
  await ids.include('base-a', async () => used);
  return ids;
}

describe('the ids of a disk', () => {
  test('begin where other tools do not, and fit into a signed number', () => {
    expect(firstId).toBeGreaterThan(1_048_577 + 1_000_000);
    expect(lastId).toBeLessThan(2 ** 31);
  });

  test('are given from the lowest, past those of volumes and of other tools', async () => {
    const ids = await idsWith([firstId, 'pvc-a'], [firstId + 2, undefined]);
    expect(['pvc-b', 'pvc-c', 'pvc-d'].map((volume) => ids.take(volume))).toEqual([1, 3, 4].map((n) => firstId + n));
  });

  test('are the same for a volume that asks again, as after a full disk', async () => {
    const ids = await idsWith();
    expect(ids.take('pvc-a')).toBe(ids.take('pvc-a'));
  });

  test('are given again once their volume is gone and the kernel has forgotten them, and not before', async () => {
    const ids = await idsWith();
    const [first, second] = [ids.take('pvc-a'), ids.take('pvc-b')];
    await ids.release(first, async () => true);
    expect(ids.take('pvc-a')).toBe(first);
    ids.abandon(first, 'pvc-a');
    expect(ids.take('pvc-c')).toBe(second + 1);
    await ids.release(first, async () => false);
    expect([ids.nobodys(), ids.take('pvc-d')]).toEqual([[first], second + 2]);
    await ids.release(first, async () => true);
    expect([ids.nobodys(), ids.take('pvc-a'), ids.take('pvc-b')]).toEqual([[], first, second]);
  });

  test('stay with the volume that has them when another one is gone whose record named them', async () => {
    const ids = await idsWith([firstId, 'pvc-a']);
    ids.abandon(firstId, 'pvc-b');
    expect([ids.nobodys(), ids.take('pvc-a')]).toEqual([[], firstId]);
  });

  test("that the kernel turns out to know are nobody's, and the volume gets the next one", async () => {
    const ids = await idsWith();
    expect([ids.take('pvc-a'), ids.takeNext('pvc-a'), ids.take('pvc-a')]).toEqual([0, 1, 1].map((n) => firstId + n));
    expect(ids.nobodys()).toEqual([firstId]);
  });

  test('that are being released can be claimed by nobody, so that no limit is taken off a volume', async () => {
    const ids = await idsWith([firstId, undefined]);
    const forgotten = Promise.withResolvers<boolean>();
    const released = ids.release(firstId, () => forgotten.promise);
    expect(ids.claim(firstId, 'pvc-a')).toBe(false);
    forgotten.resolve(true);
    await released;
    expect(ids.take('pvc-a')).toBe(firstId);
  });

  test('of other tools are left alone beyond our range', async () => {
    const ids = await idsWith([firstId - 1, undefined], [firstId, undefined], [lastId + 1, undefined]);
    expect(ids.nobodys()).toEqual([firstId]);
  });

  test.each<[what: string, used: UsedId[], isItsOwn: boolean]>([
    ['free', [], true],
    ['known to the kernel alone, as its record came first', [[firstId, undefined]], true],
    ['its own already', [[firstId, 'pvc-a']], true],
    ["another volume's, which took it meanwhile", [[firstId, 'pvc-b']], false],
  ])('of an earlier try stay with its volume if they are %s: %j, %s', async (_, used, isItsOwn) => {
    const ids = await idsWith(...used);
    expect(ids.claim(firstId, 'pvc-a')).toBe(isItsOwn);
    expect(ids.take('pvc-a') === firstId).toBe(isItsOwn);
  });

  test('of a second base directory are taken in, and a record names the owner of what the kernel knows', async () => {
    const ids = await idsWith([firstId, undefined], [firstId + 1, 'pvc-a']);
    await ids.include('base-b', async () => [
      [firstId, 'pvc-b'],
      [firstId + 1, undefined],
    ]);
    expect([ids.claim(firstId, 'pvc-c'), ids.claim(firstId + 1, 'pvc-c')]).toEqual([false, false]);
  });

  test('are read once for each base directory, and again after a failure', async () => {
    const ids = new QuotaIds();
    await expect(ids.include('base-a', () => Promise.reject(new Error('EIO')))).rejects.toThrow('EIO');
    let reads = 0;
    const read = async (): Promise<UsedId[]> => {
      reads += 1;
      return [[firstId, 'pvc-a']];
    };
    await Promise.all([ids.include('base-a', read), ids.include('base-a', read)]);
    expect(reads).toBe(1);
    expect(ids.take('pvc-b')).toBe(firstId + 1);
  });

  test('may all be in use: a claim is told so', async () => {
    const all = Array.from({ length: lastId - firstId + 1 }, (_, index): UsedId => [firstId + index, undefined]);
    const ids = new QuotaIds();
    await ids.include('base-a', async () => all);
    expect(() => ids.take('pvc-a')).toThrow(StorageError);
  });
});
