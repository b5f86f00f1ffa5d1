import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { Metrics } from '../../src/report/metrics.ts';
import { kubernetesVersions } from '../control-plane/real/kubernetes-versions.ts';
import { atRest } from '../support/metric-sources.ts';

const repository = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(repository, path), 'utf8');
const readme = read('README.md');

/** The rows of the tables in a section of README.md, as cells without their back quotes. */
function rowsOf(heading: string, firstCell: string): string[][] {
  const [, section = ''] = readme.split(`\n## ${heading}\n`);
  return rowsIn(section.split(/\n## /)[0] ?? '', firstCell);
}

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
  expect(rowsOf('Configure', 'flag')).toEqual(told);
});

test('The table of Kubernetes releases has those that the tests can run on, and that all of them passed on', () => {
  const told = rowsOf('Requirements', 'Kubernetes').map(([release, passed, failed]) => [
    release,
    passed !== '0',
    failed,
  ]);
  expect(told).toEqual(kubernetesVersions().map(({ release }) => [release, true, '0']));
});

test('The table of metrics has each metric that there is, with its labels', async () => {
  const text = await new Metrics(atRest).text();
  const names = [...text.matchAll(/^# HELP (\S+)/gm)].map(([, name = '']) => name);
  expect(sorted(rowsOf('Probes and metrics', 'metric').map(([name = '']) => name))).toEqual(sorted(names));
});

describe('The tables of reasons', () => {
  const filesIn = (folder: string): string[] =>
    readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`);
  const sources = ['volume', 'trash', 'disk', 'model', 'kube'].flatMap((folder) => filesIn(`src/${folder}`));
  const word = "'([A-Z][A-Za-z]+)'";

  /** Members of a union of words, such as `type StorageReason = 'NoSpace' | …`. */
  function union(file: string, name: string): string[] {
    const [, members = ''] = new RegExp(`type ${name} =([^;]+);`).exec(read(file)) ?? [];
    return [...members.matchAll(new RegExp(word, 'g'))].map(([, member = '']) => member);
  }

  /** Reasons as the sources write them: as a field, or as the first argument of what makes a decision or an error. */
  function written(files: string[]): string[] {
    const field = `reason(?::| =) (?:[^'\\n]*\\? )?${word}(?: : ${word})?`;
    const argument = `(?:refuse|takeBack|ActError|StorageError)\\(\\s*${word}`;
    const pattern = new RegExp(`${field}|${argument}`, 'g');
    return files.flatMap((file) =>
      [...read(file).matchAll(pattern)].flatMap((match) => match.slice(1).filter((found) => found !== undefined)),
    );
  }

  const apiServerReasons = union('src/kube/calls/kube-api.ts', 'ApiErrorReason').map((reason) =>
    reason === 'Unknown' ? 'ApiServerUnreachable' : `ApiServer${reason}`,
  );
  const ofFlows = written(sources.filter((file) => !file.startsWith('src/kube/')));
  const all = sorted([
    ...ofFlows,
    ...written(['src/flow/failure.ts']),
    ...union('src/disk/port.ts', 'StorageReason'),
    ...union('src/model/whose.ts', 'KeptReason'),
    ...union('src/model/volume-needs.ts', 'StayReason'),
    ...union('src/trash/decide.ts', 'WaitReason'),
    ...apiServerReasons,
  ]);

  test('hold each reason of the sources and no other', () => {
    expect(all.length).toBeGreaterThan(50);
    const tables = [rowsOf('When something goes wrong', 'reason'), rowsIn(read('docs/reasons.md'), 'reason')];
    const rows = tables.flat().map(([reason = '']) => reason);
    expect(sorted(rows)).toEqual(all);
    expect(rows.length).toBe(all.length);
  });

  test('are read from sources whose every capitalised word is a reason or one of Kubernetes', () => {
    const ofKubernetes = ['Delete', 'Retain', 'Bound', 'Failed', 'Filesystem', 'AlreadyExists', 'NotFound'];
    const errorReasons = union('src/kube/calls/kube-api.ts', 'ApiErrorReason');
    const deciders = sources.filter((file) => /^src\/(volume|trash)\//.test(file));
    const words = deciders.flatMap((file) => [...read(file).matchAll(new RegExp(word, 'g'))].map(([, w = '']) => w));
    const known = new Set([...all, ...ofKubernetes, ...errorReasons]);
    expect(words.filter((found) => !known.has(found))).toEqual([]);
  });
});

test('Each file and npm script that it names exists', () => {
  const scripts = JSON.parse(read('package.json')).scripts;
  const named = [...readme.matchAll(/npm (?:run (\S+)|(test|start)\b)/g)].map(([, run, own]) => run ?? own ?? '');
  expect(sorted(named.map((name) => name.replace(/\W+$/, ''))).filter((name) => !(name in scripts))).toEqual([]);
  const paths = [
    ...readme.matchAll(
      /(?:-[fk] |\]\(|`)((?:manifests|rbac|overlays|charts|src|docs|\.ci)\/[\w./-]*|[A-Z]+\.md|LICENSE)/g,
    ),
  ];
  expect(paths.length).toBeGreaterThan(10);
  expect(paths.map(([, path = '']) => path).filter((path) => !existsSync(join(repository, path)))).toEqual([]);
});
