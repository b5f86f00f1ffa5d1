/** Run by `npm version`: writes the new version wherever else it stands, and says where. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from './image/name.ts';
import { project } from './image/paths.ts';
import { placesOfVersion, withVersion } from './version-places.ts';

for (const place of placesOfVersion()) {
  const path = join(project, place);
  const text = readFileSync(path, 'utf8');
  const renewed = withVersion(text, version);
  if (renewed === text) continue;
  writeFileSync(path, renewed);
  console.log(`${place}: ${version}`);
}
