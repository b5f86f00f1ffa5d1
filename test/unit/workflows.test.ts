import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { workflowViolations } from '../support/workflow-rules.ts';

const folder = join(import.meta.dirname, '../../.github/workflows');
const files = readdirSync(folder);
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');

test('There are workflows', () => {
  expect(files).toEqual(['ci.yml', 'release.yml']);
});

test.each(files)('%s can do what it needs, by actions that nobody can swap', (file) => {
  expect(workflowViolations(read(file))).toEqual([]);
});
