import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const repository = join(import.meta.dirname, '../../..');
const design = readFileSync(join(repository, 'docs/design.md'), 'utf8');
const [, walk = ''] = /## A walk of one claim\n(.*?)\n## /s.exec(design) ?? [];

const filesIn = (text: string): string[] => [...text.matchAll(/`(src\/[\w./-]+\.ts)`/g)].map(([, file = '']) => file);

test('The walk of one claim names each file once', () => {
  const files = filesIn(walk);
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((file, at) => files.indexOf(file) !== at)).toEqual([]);
});

test('Each source file that the design names exists', () => {
  expect(filesIn(design).filter((file) => !existsSync(join(repository, file)))).toEqual([]);
});
