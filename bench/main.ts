/** `npm run bench`: measures the daemon on the real control plane, beside the floor and other provisioners of the same run. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OwnedDirectory } from '../test/control-plane/real/owned-directory.ts';
import { missingFor } from '../test/control-plane/real/prerequisites.ts';
import { CannotRun, type Options, readOptions } from './options.ts';
import { buildReference } from './reference/build.ts';
import type { Findings } from './report/figures.ts';
import { machineFacts } from './report/machine.ts';
import { figuresTable, rowsOf } from './report/table.ts';
import { figures, scenarios } from './scenarios/scenarios.ts';

const repository = join(import.meta.dirname, '..');
const resultsFolder = join(import.meta.dirname, 'results');

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const missing = missingFor('control plane');
  if (missing.length > 0) throw new CannotRun(`the real control plane cannot start:\n${missing.join('\n')}`);
  await buildReference().catch((cause: Error) => {
    throw new CannotRun(cause.message, { cause });
  });
  execFileSync(process.execPath, [join(repository, 'scripts/build.ts')], { cwd: repository, stdio: 'inherit' });

  const date = new Date().toISOString();
  const facts = machineFacts();
  const leftovers = new OwnedDirectory('bench');
  const repetitions = await runAll(options, leftovers.path).finally(() => leftovers.remove());
  const rows = rowsOf(figures, repetitions);

  const title = `bench ${options.name}, ${date}, ${options.repetitions} repetitions`;
  mkdirSync(resultsFolder, { recursive: true });
  const resultPath = join(resultsFolder, `${options.name}-${date.replace(/:|\.\d+/g, '')}.json`);
  writeFileSync(resultPath, `${JSON.stringify({ date, options, facts, rows, repetitions }, rounded)}\n`);

  console.log(`\n${title}\n${JSON.stringify(facts)}\n\n${figuresTable(rows)}\nraw samples: ${resultPath}`);
  const missed = rows.filter(({ target }) => target?.met === false);
  console.log(missed.length === 0 ? 'every target is met' : `targets missed: ${missed.length}`);
  if (missed.length > 0 && options.gate) process.exitCode = 1;
}

/** Scenarios alternate, so that what the machine does beside them falls on each alike. */
async function runAll({ scenarios: names, repetitions, peer }: Options, leftoversPath: string): Promise<Findings[]> {
  const found: Findings[] = [];
  for (let number = 0; number < repetitions; number += 1) {
    for (const name of names) {
      const startedAt = performance.now();
      const findings = await scenarios[name]?.run({ number, leftoversPath, peer });
      if (findings !== undefined) found.push(findings);
      const seconds = Math.round((performance.now() - startedAt) / 1_000);
      console.log(`${name}, repetition ${number + 1} of ${repetitions}: ${seconds} s`);
    }
  }
  return found;
}

/** For JSON.stringify: no more digits than are measured. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value;

main().catch((error) => {
  console.error(error instanceof CannotRun ? error.message : error);
  process.exit(1); // something may still wait for a volume
});
