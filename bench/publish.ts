/** `npm run bench:publish -- RESULT.json ...`: writes the tables of runs into docs/performance.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Findings } from './report/figures.ts';
import type { MachineFacts } from './report/machine.ts';
import { replaceSection } from './report/marked-section.ts';
import { markdownTable, type Row, rowsOf } from './report/table.ts';
import { fleetTable, isFleetFigure } from './thrift/fleet-table.ts';

/** What a run of the bench left. */
interface Result {
  date: string;
  facts: MachineFacts;
  repetitions: Findings[];
}

const documentPath = join(import.meta.dirname, '../docs/performance.md');

const paths = process.argv.slice(2);
const missing = paths.filter((path) => !existsSync(path));
if (paths.length === 0 || missing.length > 0) {
  console.error(
    `Usage: npm run bench:publish -- RESULT.json ...${missing.map((path) => `\nno such file: ${path}`).join('')}`,
  );
  process.exitCode = 1;
} else {
  publish(paths.map((path) => JSON.parse(readFileSync(path, 'utf8'))));
}

function publish(results: Result[]): void {
  let document = readFileSync(documentPath, 'utf8');
  const sections = { machine: machineText(results), ...tables(results.flatMap(({ repetitions }) => repetitions)) };
  for (const [name, content] of Object.entries(sections)) document = replaceSection(document, name, content);
  writeFileSync(documentPath, document);
  console.log(`${documentPath}: ${Object.keys(sections).join(', ')}`);
}

/** Of the sections for which there is something; the others stay as they are. */
function tables(repetitions: Findings[]): Record<string, string> {
  const fleet = fleetTable(repetitions);
  const rows: Row[] = rowsOf(repetitions, (key) => !isFleetFigure(key));
  return {
    ...(rows.length > 0 && { figures: markdownTable(rows) }),
    ...(fleet !== undefined && { fleet }),
  };
}

function machineText(results: Result[]): string {
  return results
    .map(({ date, facts }) => {
      const list = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
      return `- Run of ${date}: ${list.join(', ')}.`;
    })
    .join('\n');
}
