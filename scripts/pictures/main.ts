/** `npm run pictures`: writes the pictures that README.md and docs/ show. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { project } from '../image/paths.ts';
import { pictures } from './pictures.ts';

for (const [name, text] of Object.entries(pictures())) writeFileSync(join(project, 'docs/pictures', name), text);
