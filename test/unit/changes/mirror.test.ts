import { expect, test } from 'vitest';
import { Mirror } from '../../../src/changes/mirror.ts';

function mirrorOf(...keys: string[]): Mirror<string> {
  const mirror = new Mirror<string>();
  for (const key of keys) mirror.set(key, `old ${key}`);
  return mirror;
}

test('what a new list does not show is gone, and told', () => {
  const mirror = mirrorOf('a', 'b', 'c');
  mirror.startList();
  mirror.set('b', 'new b');
  mirror.set('d', 'new d');
  expect(mirror.endList()).toEqual([
    ['a', 'old a'],
    ['c', 'old c'],
  ]);
  expect([...mirror]).toEqual([
    ['b', 'new b'],
    ['d', 'new d'],
  ]);
});

test('nothing is lost while the list is still coming in', () => {
  const mirror = mirrorOf('a', 'b');
  mirror.startList();
  mirror.set('b', 'new b');
  expect([...mirror.keys()]).toEqual(['a', 'b']);
});

test('what went during the list is not told again', () => {
  const mirror = mirrorOf('a', 'b');
  mirror.startList();
  mirror.set('a', 'new a');
  mirror.delete('a');
  mirror.delete('b');
  expect(mirror.endList()).toEqual([]);
  expect(mirror.size).toBe(0);
});

test('a list that broke off counts for nothing', () => {
  const mirror = mirrorOf('a', 'b');
  mirror.startList();
  mirror.set('a', 'shown by the list that broke off');
  mirror.startList();
  mirror.set('b', 'new b');
  expect(mirror.endList()).toEqual([['a', 'shown by the list that broke off']]);
});

test('changes after the list lose nothing', () => {
  const mirror = mirrorOf('a');
  mirror.startList();
  mirror.set('a', 'new a');
  mirror.endList();
  mirror.set('b', 'new b');
  expect([...mirror.keys()]).toEqual(['a', 'b']);
  expect(mirror.endList()).toEqual([]);
});

test('an empty list empties it', () => {
  const mirror = mirrorOf('a', 'b');
  mirror.startList();
  expect(mirror.endList()).toEqual([
    ['a', 'old a'],
    ['b', 'old b'],
  ]);
  expect(mirror.size).toBe(0);
});
