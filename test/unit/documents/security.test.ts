import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readManifests } from '../../support/manifests.ts';

const repository = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(repository, path), 'utf8');
const page = read('docs/security.md');

/** Last cells of the tables: what shows that an attempt fails. */
const proofs = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| attempt'))
  .map((line) => line.split(' | ').at(-1) ?? '');

/** File and name of each test that a cell names. */
function testsIn(cell: string): [file: string, name: string][] {
  return [...cell.matchAll(/`(test\/\S+\.test\.ts)` ((?:"[^"]+"(?:, )?)+)/g)].flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']): [string, string] => [file, name]),
  );
}

test('Each row of the threat model names a test', () => {
  expect(proofs.length).toBeGreaterThan(20);
  expect(proofs.filter((cell) => testsIn(cell).length === 0)).toEqual([]);
});

test.each(proofs.flatMap(testsIn))('%s has a test or a group that is called "%s"', (file, name) => {
  expect(existsSync(join(repository, file))).toBe(true);
  const text = read(file);
  expect(["'", '"', '`'].filter((quote) => text.includes(`${quote}${name}${quote}`))).not.toEqual([]);
});

test('The number of rights in the threat model is that of the role', () => {
  const rights = readManifests('rbac/clusterrole.yaml')[0].rules.flatMap(({ verbs }: { verbs: string[] }) => verbs);
  expect(page).toContain(`its role has ${rights.length} rights`);
});
