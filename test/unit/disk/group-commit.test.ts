import { beforeEach, expect, test, vi } from 'vitest';
import { GroupCommit } from '../../../src/disk/group-commit.ts';

/** The commits that were begun; each ends when the test says so. */
let begun: { items: readonly string[]; end: PromiseWithResolvers<string> }[] = [];

beforeEach(() => {
  begun = [];
});

function newCommits(): GroupCommit<string, string> {
  return new GroupCommit((items) => {
    const end = Promise.withResolvers<string>();
    begun.push({ items: [...items], end });
    return end.promise;
  });
}

const commitsBegun = (count: number) => vi.waitFor(() => expect(begun).toHaveLength(count));

test('everybody who comes while a commit runs shares the next one', async () => {
  const commits = newCommits();
  const first = commits.join('base', 'first');
  await commitsBegun(1);
  const late = ['a', 'b', 'c'].map((item) => commits.join('base', item));
  let lateAreDone = false;
  void Promise.all(late).then(() => {
    lateAreDone = true;
  });
  begun[0]?.end.resolve('one');
  expect(await first).toBe('one');
  await commitsBegun(2);
  expect(lateAreDone).toBe(false);
  begun[1]?.end.resolve('two');
  expect(await Promise.all(late)).toEqual(['two', 'two', 'two']);
  expect(begun.map(({ items }) => items)).toEqual([['first'], ['a', 'b', 'c']]);
});

test('those who come in the same turn of the event loop share the first one', async () => {
  const commits = newCommits();
  const both = [commits.join('base', 'a'), Promise.resolve().then(() => commits.join('base', 'b'))];
  await commitsBegun(1);
  expect(begun[0]?.items).toEqual(['a', 'b']);
  begun[0]?.end.resolve('done');
  await Promise.all(both);
});

test('the next one runs although the one before failed, and only those who shared it fail', async () => {
  const commits = newCommits();
  const first = commits.join('base', 'first');
  await commitsBegun(1);
  const second = commits.join('base', 'second');
  begun[0]?.end.reject(new Error('EIO'));
  await expect(first).rejects.toThrow('EIO');
  await commitsBegun(2);
  begun[1]?.end.resolve('done');
  await second;
});

test('what has another key does not wait', async () => {
  const commits = newCommits();
  const both = [commits.join('base', 'a'), commits.join('volumes', 'b')];
  await commitsBegun(2);
  for (const { end } of begun) end.resolve('done');
  await Promise.all(both);
});

test('who comes after a commit has ended gets one of their own', async () => {
  const commits = newCommits();
  for (let count = 1; count <= 3; count++) {
    const alone = commits.join('base', 'alone');
    await commitsBegun(count);
    begun[count - 1]?.end.resolve('done');
    await alone;
  }
});
