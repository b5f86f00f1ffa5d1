import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test as base, expect } from 'vitest';
import { missingFor, missingPrograms, notInstalled, searchPath } from '../control-plane/real/prerequisites.ts';
import { withNames } from '../install/documented.ts';
import { type } from '../install/typed.ts';
import { missingForJava } from '../kafka/java-image.ts';
import { describeUnless, withoutLinuxAndRoot } from '../support/describe-unless.ts';
import { pageCommand } from '../support/documents.ts';
import { readmeBlock, readmeCommand } from '../support/readme.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';
import { cloneInto } from './fresh-clone.ts';
import { rowsOf } from './shown-table.ts';
import { Stopwatch } from './stopwatch.ts';
import { Terminal } from './terminal.ts';

const mostMs = 5 * 60_000;
const clusterUpWithinMs = 30_000;
const obstacles = [
  ...withoutLinuxAndRoot(),
  ...missingPrograms('node'),
  ...missingFor('image'),
  ...missingForJava(),
  ...notInstalled({ git: 'git' }),
];

/** What a user has: a clone, kubectl, and npm. */
const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('home', { scope: 'file' }, async ({}, { onCleanup }) => {
    const home = await temporaryDirectory();
    onCleanup(() => home[Symbol.asyncDispose]());
    return home.path;
  })
  .extend('terminal', { scope: 'file' }, async ({ home }, { onCleanup }) => {
    const clone = join(home, 'hostpath-provisioner');
    const programs = join(home, 'bin');
    cloneInto(clone);
    mkdirSync(programs);
    writeFileSync(join(programs, 'kubectl'), `#!/bin/sh\nexec '${clone}/.build/kubernetes' kubectl "$@"\n`);
    chmodSync(join(programs, 'kubectl'), 0o755);
    const terminal = new Terminal(clone, {
      ...ofTheMachine(),
      PATH: [programs, searchPath, '/usr/local/go/bin'].join(delimiter),
    });
    onCleanup(async () => {
      await terminal.run(readmeCommand('npm run cluster:down'));
      await terminal[Symbol.asyncDispose]();
    });
    return terminal;
  });

/** Where npm and Go find what they fetch, and what they have fetched before. */
const ofTheMachine = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && /^(HOME|GO[A-Z]+|npm_config_(registry|cache)|https?_proxy|no_proxy)$/i.test(name)
        ? [[name, value]]
        : [],
    ),
  );

/** What differs from node to node and from minute to minute. */
const measured = ['USED', 'USE%', 'AGE', 'FS', 'SIZE', 'FREE'];

describeUnless('first-time user', obstacles)('A first-time user, with README.md alone,', () => {
  test('comes from a clone to a Kafka whose usage is shown, within five minutes without the builds', async ({
    terminal,
  }) => {
    const watch = new Stopwatch();
    const build = (command: string) => watch.build(command, () => terminal.run(command));
    const step = (command: string) => watch.step(command, () => terminal.run(command));
    const clusterUp = readmeCommand('eval "$(npm run cluster:up --silent)"');
    const block = (first: string) => watch.step(first, () => type(terminal, readmeBlock(first)));

    try {
      await build(readmeCommand('npm ci'));
      await step(readmeCommand('npm run demo'));
      await build(readmeCommand('npm run cluster:build'));
      await build(readmeCommand('npm run kafka:build'));
      await build('npm run image:build'); // which cluster:up does, too
      await step(clusterUp);
      await block('kubectl apply -k overlays/minikube');
      await step(readmeCommand('kubectl delete -f manifests/test-pod.yaml -f manifests/claim.yaml'));
      await build(readmeCommand('npm run build'));
      await step(readmeCommand('export PATH="$PWD/dist:$PWD/node_modules/.bin:$PATH"'));
      await block('kubectl apply -k manifests/kafka/single');
      await watch.step('the usage of its volumes is shown', () => untilUsageIsShown(terminal));
      await watch.step('the page shows it', () => pageShowsUsage(terminal));
    } finally {
      console.log(`A first-time user's walk\n${watch.table()}`);
    }
    expect(watch.walkMs).toBeLessThan(mostMs);
    expect(watch.msOf(clusterUp)).toBeLessThan(clusterUpWithinMs);
  });

  test('can type the other commands of the pages that look at it', async ({ terminal }) => {
    await terminal.run(readmeCommand('kubectl hostpath-provisioner doctor'));
    await terminal.run(pageCommand('docs/plugin.md', 'kubectl hostpath-provisioner --help'));
    for (const command of [
      pageCommand('docs/monitoring.md', 'kubectl hostpath-provisioner trash -A --node NODE'),
      pageCommand('docs/monitoring.md', 'kubectl hostpath-provisioner orphans --node NODE'),
    ]) {
      expect(await terminal.run(withNames(command, { NODE: 'node-1' }))).toMatch(/^hostpath-provisioner: no /);
    }
    for (const command of [
      pageCommand('docs/monitoring.md', 'kubectl hostpath-provisioner volumes -A --node NODE --sort-by used'),
      pageCommand('docs/monitoring.md', 'kubectl hostpath-provisioner volumes -A --node NODE -o wide'),
    ]) {
      expect(await terminal.run(withNames(command, { NODE: 'node-1' }))).toContain('data-0-kafka-0');
    }
    for (const command of [
      pageCommand('docs/json.md', 'kubectl hostpath-provisioner volumes -o json'),
      pageCommand('docs/json.md', 'kubectl hostpath-provisioner nodes -o json'),
      pageCommand('docs/json.md', 'kubectl hostpath-provisioner trash -o json'),
      pageCommand('docs/json.md', 'kubectl hostpath-provisioner orphans -o json'),
      pageCommand('docs/json.md', 'kubectl hostpath-provisioner doctor -o json'),
    ]) {
      // That a list is empty is said on standard error.
      expect(JSON.parse(await terminal.run(`${command} 2>/dev/null`))).toHaveProperty('apiVersion');
    }
  });
});

/** Both volumes show their use, and the plugin's tables are those of README.md, but for what is measured. */
async function untilUsageIsShown(terminal: Terminal): Promise<void> {
  const [volumes, nodes] = readmeBlock('kubectl hostpath-provisioner volumes');
  if (volumes === undefined || nodes === undefined) throw new Error('README.md shows no volumes and nodes');
  const uses = async (): Promise<string[]> => {
    const use = rowsOf(await terminal.run(volumes.command), []).map((row) => row['USE%'] ?? '');
    return use.filter((percent) => /^[1-9]\d*%$/.test(percent));
  };
  // A first count may come before there are messages, and the next one a minute later.
  await until('both volumes of Kafka show what they use', async () => (await uses()).length === 2, {
    withinMs: 240_000,
    everyMs: 2_000,
  });
  for (const { command, output } of [volumes, nodes]) {
    const printed = await terminal.run(command);
    console.log(`$ ${command}\n${printed}`);
    expect(rowsOf(printed, measured), command).toEqual(rowsOf(output ?? '', measured));
  }
}

/** The page has a bar in the row of each of Kafka's claims. */
async function pageShowsUsage(terminal: Terminal): Promise<void> {
  await terminal.run(`${readmeCommand('kubectl hostpath-provisioner ui')} >dist/ui.log 2>&1 &`);
  const address = async () => /http:\/\/127\.0\.0\.1:\S+/.exec(await terminal.run('cat dist/ui.log'))?.[0];
  const url = await until('the page has an address', address);
  const rows = (await (await fetch(url)).text()).split('<tr');
  for (const claim of ['data-0-kafka-0', 'data-1-kafka-0']) {
    expect(rows.find((row) => row.includes(claim))).toContain('<svg class="bar ');
  }
}
