/** `npm run bench:publish -- RESULT.json ...`: writes the tables of runs into docs/performance.md and docs/performance/figures.md. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceSection } from '../scripts/marked-section.ts';
import type { Findings } from './report/figures.ts';
import type { MachineFacts } from './report/machine.ts';
import { figuresTable, rowsOf } from './report/table.ts';
import { figures, keyFigures } from './scenarios/scenarios.ts';

/** What a run of the bench left. */
interface Result {
  date: string;
  facts: MachineFacts;
  repetitions: Findings[];
}

const documentPath = join(import.meta.dirname, '../docs/performance.md');
const figuresPath = join(import.meta.dirname, '../docs/performance/figures.md');

const paths = process.argv.slice(2);
if (paths.length > 0) {
  publish(paths.map((path) => JSON.parse(readFileSync(path, 'utf8'))));
} else {
  console.error('Usage: npm run bench:publish -- RESULT.json ...');
  process.exitCode = 1;
}

function publish(results: Result[]): void {
  const repetitions = results.flatMap(({ repetitions }) => repetitions);
  const runs = results.map(runText).join('\n');
  const document = readFileSync(documentPath, 'utf8');
  const keyTable = figuresTable(rowsOf(keyFigures, repetitions));
  writeFileSync(documentPath, replaceSection(replaceSection(document, 'machine', runs), 'key-figures', keyTable));

  mkdirSync(join(figuresPath, '..'), { recursive: true });
  const title =
    '# All figures\n\n`npm run bench:publish` writes this file. [performance.md](../performance.md) explains it.';
  writeFileSync(figuresPath, `${title}\n\n${runs}\n\n${figuresTable(rowsOf(figures, repetitions))}`);
  console.log(`${documentPath}: machine, key-figures\n${figuresPath}`);
}

function runText({ date, facts }: Result): string {
  const list = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
  return `- Run of ${date}: ${list.join(', ')}.`;
}
