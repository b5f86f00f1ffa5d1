import { beforeEach, describe, expect, test } from 'vitest';
import { RecordNames } from '../../../../src/disk/journal/record-names.ts';

let names: RecordNames;
beforeEach(() => {
  names = new RecordNames();
});

/** What a listing found when it read the journal; it ends with `end`. */
function listing(...found: string[]) {
  const read = Promise.withResolvers<readonly string[]>();
  const listed = names.refresh(() => read.promise);
  return {
    end: async () => {
      read.resolve(found);
      return listed;
    },
  };
}

const put = (volume: string) => names.adding(volume, async () => undefined);

describe('the names of records', () => {
  test('are not known before the first listing, and then those that it found and those that came meanwhile', async () => {
    const first = listing('pvc-a', 'pvc-b');
    await put('pvc-c');
    names.delete('pvc-b');
    expect(['pvc-a', 'pvc-c'].map((name) => names.includes(name))).toEqual([undefined, undefined]);
    expect(await first.end()).toEqual(['pvc-a', 'pvc-b']);
    expect(['pvc-a', 'pvc-b', 'pvc-c'].map((name) => names.includes(name))).toEqual([true, false, true]);
  });

  test('are those of the last listing', async () => {
    await listing('pvc-a', 'pvc-b').end();
    await listing('pvc-b', 'pvc-c').end();
    expect(['pvc-a', 'pvc-b', 'pvc-c'].map((name) => names.includes(name))).toEqual([false, true, true]);
  });

  test('stay as they are when a listing fails', async () => {
    await listing('pvc-a').end();
    await expect(names.refresh(() => Promise.reject(new Error('EIO')))).rejects.toThrow('EIO');
    expect(names.includes('pvc-a')).toBe(true);
  });

  test.each<[string, string[], (volume: string) => unknown, boolean]>([
    ['was removed since the listing began, which still found it', ['pvc-a'], (volume) => names.delete(volume), false],
    ['was written since the listing began, which did not find it', [], put, true],
  ])('know whether a record is there that %s', async (_, found, change, expected) => {
    await listing('pvc-a').end();
    const late = listing(...found);
    await change('pvc-a');
    await late.end();
    expect(names.includes('pvc-a')).toBe(expected);
  });

  test.each<[string, (write: PromiseWithResolvers<void>) => void]>([
    ['succeeds', (write) => write.resolve()],
    ['fails, because it may be there all the same', (write) => write.reject(new Error('EIO'))],
  ])('have one whose write lasts longer than a listing, and %s', async (_, end) => {
    await listing().end();
    const write = Promise.withResolvers<void>();
    const written = names.adding('pvc-a', () => write.promise).catch(() => undefined);
    expect(names.includes('pvc-a')).toBe(true);
    await listing().end();
    end(write);
    await written;
    expect(names.includes('pvc-a')).toBe(true);
  });

  test('have what the later of two listings at the same time found', async () => {
    await listing().end();
    const early = listing();
    await listing('pvc-of-another-process').end();
    await early.end();
    expect(names.includes('pvc-of-another-process')).toBe(true);
  });
});
