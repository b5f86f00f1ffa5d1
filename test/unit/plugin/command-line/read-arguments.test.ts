import { describe, expect, test } from 'vitest';
import { commandNames, flagsOf } from '../../../../src/plugin/command-line/commands.ts';
import { helpFor } from '../../../../src/plugin/command-line/help.ts';
import { readArguments } from '../../../../src/plugin/command-line/read-arguments.ts';

const read = (line: string) => readArguments(line.split(' ').filter((word) => word !== ''));

describe('Flags stand before or after the command, in every form of kubectl:', () => {
  const kafka = { command: 'volumes', argument: undefined, given: { namespace: 'kafka', output: 'json' } };
  test.each([
    'volumes -n kafka -o json',
    '-n kafka -o json volumes',
    '--namespace kafka volumes --output json',
    '--namespace=kafka --output=json volumes',
    'volumes -nkafka -ojson',
    'volumes -n=kafka -o=json',
  ])('%s', (line) => {
    expect(read(line)).toEqual(kafka);
  });

  test('switches', () => {
    const given = { 'all-namespaces': 'true', 'no-headers': 'true' };
    expect(read('volumes -A --no-headers')).toEqual({ command: 'volumes', argument: undefined, given });
    expect(read('volumes -A --no-headers=false')).toMatchObject({ given: { 'all-namespaces': 'true' } });
  });

  test('an argument', () => {
    const given = { claim: 'kafka/data' };
    expect(read('restore --claim kafka/data pvc-1')).toEqual({ command: 'restore', argument: 'pvc-1', given });
  });
});

describe('A mistake is named, with what was probably meant:', () => {
  test.each([
    ['volumez', '"volumez" is not a command: did you mean volumes?'],
    ['xyz', /^"xyz" is not a command: use one of volumes, nodes, /],
    ['volumes --namespase kafka', '--namespase is not a flag: did you mean --namespace?'],
    ['volumes --xyz', '--xyz is not a flag: see --help'],
    ['volumes -o jsn', '-o is "jsn": did you mean json?'],
    ['volumes -o table', '-o is "table": use one of wide, json, yaml, name'],
    ['volumes --namespace', '--namespace needs a value'],
    ['volumes --namespace=', '--namespace needs a value'],
    ['volumes --no-headers=maybe', '--no-headers is "maybe": use true or false'],
    ['nodes -n kafka', '--namespace is not a flag of nodes: see nodes --help'],
    ['volumes kafka', '"kafka" is one argument too many: see volumes --help'],
    ['where', /^where needs an argument, \[NAMESPACE\/\]CLAIM \| VOLUME: /],
    ['where a b', '"b" is one argument too many: see where --help'],
    ['restore pvc-1', '--claim is missing: see restore --help'],
    ['volumes -A -n kafka', '--namespace and --all-namespaces exclude each other: use one of them'],
  ])('%s', (line, problem) => {
    expect(read(line)).toEqual({
      problems: [problem instanceof RegExp ? expect.stringMatching(problem) : problem],
    });
  });

  test('several together', () => {
    const problems = [expect.stringContaining('--xyz'), expect.stringContaining('jsn')];
    expect(read('-o jsn volumes --xyz')).toEqual({ problems: problems.reverse() });
  });
});

describe('Help is shown', () => {
  test.each([
    ['', 'all'],
    ['--help', 'all'],
    ['-h', 'all'],
    ['help', 'all'],
    ['help volumes', 'volumes'],
    ['volumes --help', 'volumes'],
    ['-h volumes --xyz', 'volumes'],
  ])('for %j: %s', (line, about) => {
    expect(read(line)).toEqual({ help: about });
  });

  test.each(commandNames)('%s: each of its flags has a line, and none is longer than a terminal is wide', (name) => {
    const lines = helpFor(name).split('\n');
    for (const flag of flagsOf(name)) expect(lines.filter((line) => line.includes(`--${flag}`))).not.toEqual([]);
    expect(lines.filter((line) => line.length > 132)).toEqual([]);
    expect(helpFor('all')).toContain(`  ${name} `);
  });
});
