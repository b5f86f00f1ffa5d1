import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { kubernetesVersions } from '../../control-plane/real/kubernetes-versions.ts';
import { type Page, pages, readPage, sectionOf } from '../../support/documents.ts';
import { filesWithReasons, reasonsInSources, union, wordsIn } from '../../support/reasons.ts';

const repository = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(repository, path), 'utf8');

/** The rows of the tables in a section of a page, as cells without their back quotes. */
const rowsOf = (page: Page, heading: string, firstCell: string): string[][] =>
  rowsIn(sectionOf(readPage(page), heading) ?? '', firstCell);

function rowsIn(text: string, firstCell: string): string[][] {
  const lines = text.split('\n');
  const rows = lines.filter((line) => line.startsWith('|')).map((line) => line.split('|').slice(1, -1));
  const cells = rows.map((row) => row.map((cell) => cell.trim().replaceAll('`', '')));
  return cells.filter(([cell]) => cell !== firstCell && !/^-+$/.test(cell ?? ''));
}

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();

test('The table of flags says what --help says', () => {
  const result = readConfig(['--help'], {});
  const help = 'help' in result ? result.help : '';
  const entry = /^ {2}--(?<flag>\S+ \S+) +(?<text>\S.*)\n +\(env (?<env>\w+)(?:, default (?<value>.*))?\)$/gm;
  const told = [...help.matchAll(entry)].map(({ groups = {} }) => [
    `--${groups.flag}`,
    groups.env,
    groups.value ?? '',
    groups.text,
  ]);
  expect(told.length).toBeGreaterThan(0);
  expect(rowsOf('docs/configuration.md', 'Flags and variables', 'flag')).toEqual(told);
});

test('The table of Kubernetes releases has those that the tests can run on, and that all of them passed on', () => {
  const told = rowsOf('docs/tested.md', 'Kubernetes', 'Kubernetes').map(([release, passed, failed]) => [
    release,
    passed !== '0',
    failed,
  ]);
  expect(told).toEqual(kubernetesVersions().map(({ release }) => [release, true, '0']));
});

describe('The tables of reasons', () => {
  const all = reasonsInSources();

  test('hold each reason of the sources and no other', () => {
    expect(all.length).toBeGreaterThan(50);
    const [, byReason = ''] = readPage('docs/troubleshooting.md').split('\n## By reason\n');
    const rows = rowsIn(byReason, 'reason').map(([reason = '']) => reason);
    expect(sorted(rows)).toEqual(all);
    expect(rows.length).toBe(all.length);
  });

  test('are read from sources whose every capitalised word is a reason or one of Kubernetes', () => {
    const ofKubernetes = ['Delete', 'Retain', 'Bound', 'Failed', 'Filesystem', 'AlreadyExists', 'NotFound'];
    const errorReasons = union('src/kube/calls/kube-api.ts', 'ApiErrorReason');
    const deciders = filesWithReasons.filter((file) => /^src\/(volume|trash)\//.test(file));
    const words = deciders.flatMap(wordsIn);
    const known = new Set([...all, ...ofKubernetes, ...errorReasons]);
    expect(words.filter((found) => !known.has(found))).toEqual([]);
  });
});

test('The table of Events has each Event that the daemon sends', () => {
  const reports = readdirSync(join(repository, 'src/report'), { encoding: 'utf8' }).map((name) => `src/report/${name}`);
  const sent = reports.flatMap((file) =>
    [...read(file).matchAll(/'(?:Normal|Warning)', (?:reason: )?'([A-Z]\w+)'/g)].map(([, event = '']) => event),
  );
  expect(sent.length).toBeGreaterThan(20);
  const warnings = ['Overcommitted']; // the report sends a warning of a decision under its reason
  expect(sorted(rowsOf('docs/troubleshooting.md', 'By Event', 'Event').map(([event = '']) => event))).toEqual(
    sorted([...sent, ...warnings]),
  );
});

test('Each npm script that a page names exists', () => {
  const scripts = JSON.parse(read('package.json')).scripts;
  const named = pages.flatMap((page) =>
    [...readPage(page).matchAll(/npm (?:run ([\w:-]+)|(test|start)\b)/g)].map(([, run, own]) => run ?? own ?? ''),
  );
  expect(sorted(named).filter((name) => !(name in scripts))).toEqual([]);
});

test('Each file that a page names exists', () => {
  const ofTheUser = ['overlays/own', 'overlays/own/kustomization.yaml'];
  const named = pages.flatMap((page) => [
    ...readPage(page).matchAll(
      /(?:-[fk] |\]\(|`)((?:manifests|rbac|overlays|charts|src|docs|test|scripts|\.ci)\/[\w./-]*|[A-Z]+\.md|LICENSE)/g,
    ),
  ]);
  const paths = named.map(([, path = '']) => path).filter((path) => !ofTheUser.includes(path));
  expect(paths.length).toBeGreaterThan(100);
  expect(sorted(paths).filter((path) => !existsSync(join(repository, path)))).toEqual([]);
});
