import { expect, test } from 'vitest';
import { KeyedLock } from '../../../src/flow/keyed-lock.ts';

/** Deeds that end when told to, and a note of what began and ended. */
class Deeds {
  readonly noted: string[] = [];

  begin(name: string, until: Promise<unknown> = Promise.resolve()): () => Promise<string> {
    return async () => {
      this.noted.push(`${name} begins`);
      await until;
      this.noted.push(`${name} ends`);
      return name;
    };
  }
}

test('one deed at a time has a key, in the order in which they were asked for', async () => {
  const lock = new KeyedLock();
  const deeds = new Deeds();
  const gate = Promise.withResolvers<void>();
  const all = Promise.all([
    lock.run('a', deeds.begin('first', gate.promise)),
    lock.run('a', deeds.begin('second')),
    lock.run('a', deeds.begin('third')),
  ]);
  gate.resolve();
  expect(await all).toEqual(['first', 'second', 'third']);
  const names = ['first', 'second', 'third'];
  expect(deeds.noted).toEqual(names.flatMap((name) => [`${name} begins`, `${name} ends`]));
});

test('other keys do not wait', async () => {
  const lock = new KeyedLock();
  const deeds = new Deeds();
  const gate = Promise.withResolvers<void>();
  const slow = lock.run('a', deeds.begin('slow', gate.promise));
  await lock.run('b', deeds.begin('quick'));
  expect(deeds.noted).toEqual(['slow begins', 'quick begins', 'quick ends']);
  gate.resolve();
  await slow;
});

test('an error reaches who asked for it, and the next deed has its turn', async () => {
  const lock = new KeyedLock();
  const failing = lock.run('a', () => Promise.reject(new Error('no')));
  const throwing = lock.run('a', () => {
    throw new Error('not even begun');
  });
  const next = lock.run('a', async () => 'done');
  await expect(failing).rejects.toThrow('no');
  await expect(throwing).rejects.toThrow('not even begun');
  expect(await next).toBe('done');
});

test('a first deed that throws at once does not keep the key', async () => {
  const lock = new KeyedLock();
  const throwing = lock.run('a', () => {
    throw new Error('at once');
  });
  await expect(throwing).rejects.toThrow('at once');
  expect(await lock.run('a', async () => 'done')).toBe('done');
});

test('a deed asked for after the others have ended begins at once', async () => {
  const lock = new KeyedLock();
  await lock.run('a', async () => {});
  let begun = false;
  const later = lock.run('a', async () => {
    begun = true;
  });
  expect(begun).toBe(true);
  await later;
});
