import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingNames, namesInCode, writtenDown } from '../support/stable-names/stable-names.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/stability.md'), 'utf8');
const inCode = await namesInCode();

test('The code has each name that docs/stable-names.json promises', () => {
  expect(missingNames(writtenDown(), inCode)).toEqual([]);
});

test('docs/stable-names.json has each name that the code has; "npm run stable-names" adds those that are new', () => {
  expect(missingNames(inCode, writtenDown())).toEqual([]);
});

test('docs/stability.md says of each group what stays', () => {
  const groups = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, group]) => group);
  expect(groups.sort()).toEqual(Object.keys(writtenDown()).sort());
});

test('No group is empty', () => {
  expect(Object.entries(inCode).filter(([, names]) => names.length === 0)).toEqual([]);
});

test.each([
  ['a renamed variable', 'environment', 'RESERVE', 'KEEP'],
  ['a label that a metric loses', 'metrics', 'hostpath_failures_total{flow,reason}', 'hostpath_failures_total{flow}'],
])('It would miss %s', (_, group, name, changed) => {
  const changedCode = { ...inCode, [group]: (inCode[group] ?? []).map((found) => found.replace(name, changed)) };
  expect(missingNames(writtenDown(), changedCode)).toEqual([`${group}: ${name}`]);
});
