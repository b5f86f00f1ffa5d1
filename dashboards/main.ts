/** Run by `npm run dashboards`: writes the files that are made from panels.ts, rules.yaml and alerts.yaml. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles, project } from './generated-files.ts';

for (const [path, text] of Object.entries(generatedFiles())) {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
}
