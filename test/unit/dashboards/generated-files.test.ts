import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generatedFiles, project } from '../../../dashboards/generated-files.ts';

test.each(Object.entries(generatedFiles()))('%s is what "npm run dashboards" writes', (path, text) => {
  expect(readFileSync(join(project, path), 'utf8')).toBe(text);
});
