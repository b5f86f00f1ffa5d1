/** `npm run chart:readme`: writes the table of values into the chart's README.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { project } from '../image/paths.ts';
import { replaceSection } from '../marked-section.ts';
import { chartValues, valuesTable } from './values-table.ts';

const chart = join(project, 'charts/hostpath-provisioner');
const path = join(chart, 'README.md');
const table = valuesTable(chartValues(readFileSync(join(chart, 'values.yaml'), 'utf8')));
writeFileSync(path, replaceSection(readFileSync(path, 'utf8'), 'values', table));
