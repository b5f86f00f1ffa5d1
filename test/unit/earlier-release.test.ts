import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingFromHistory } from '../e2e/earlier-release.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** A repository with two commits, and a shallow clone of it. */
async function repositories() {
  const directory = await temporaryDirectory();
  const [whole, shallow] = [join(directory.path, 'whole'), join(directory.path, 'shallow')];
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: directory.path, encoding: 'utf8', stdio: 'pipe' });
  git('init', '--quiet', whole);
  const asSomebody = ['-C', whole, '-c', 'user.name=somebody', '-c', 'user.email=somebody@example.com'];
  for (const message of ['first', 'second']) git(...asSomebody, 'commit', '--quiet', '--allow-empty', '-m', message);
  git('clone', '--quiet', '--depth=1', `file://${whole}`, shallow);
  const first = git('-C', whole, 'rev-list', '--max-parents=0', 'HEAD').trim();
  return { whole, shallow, first, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}

test('A clone with its history has an earlier release', async () => {
  await using made = await repositories();
  expect(missingFromHistory(made.first, made.whole)).toEqual([]);
});

test('A shallow clone says that it is one, and what to type', async () => {
  await using made = await repositories();
  expect(missingFromHistory(made.first, made.shallow)).toEqual([
    `this clone is shallow and lacks commit ${made.first}: run "git fetch --unshallow"`,
  ]);
});

test('A repository with another history says what it lacks', async () => {
  await using made = await repositories();
  const unknown = '0'.repeat(40);
  expect(missingFromHistory(unknown, made.whole)[0]).toContain(`git does not find commit ${unknown}`);
});
