import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documentViolations, type Runners } from '../../support/document-rules.ts';
import { pages, readPage } from '../../support/documents.ts';
import { notRun } from './not-run.ts';

const repository = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(repository, path), 'utf8');
const testPaths = readdirSync(join(repository, 'test'), { recursive: true, encoding: 'utf8' })
  .map((path) => `test/${path}`)
  .filter((path) => path.endsWith('.ts') && !path.startsWith('test/unit/documents/'));

const runners: Runners = {
  tests: Object.fromEntries(testPaths.map((path) => [path, read(path)])),
  ci: read('.ci/run'),
  notRun,
};

test('Every command of README.md, CONTRIBUTING.md and docs/ is typed by a test or by .ci/run, but for those that cannot be', () => {
  expect(documentViolations(Object.fromEntries(pages.map((page) => [page, readPage(page)])), runners)).toEqual([]);
});
