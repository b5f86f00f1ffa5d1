import { describe, expect, test } from 'vitest';
import { completionOf } from '../../../../src/plugin/command-line/complete.ts';

/** What may come at the end of a line; a blank at its end begins a new word. */
function complete(line: string) {
  const words = line.split(' ');
  return completionOf(words.slice(0, -1), words.at(-1) ?? '', () => ['CLAIM', 'USED']);
}

const wordsOf = (line: string): string[] => {
  const completion = complete(line);
  return 'candidates' in completion ? completion.candidates.map(({ word }) => word) : [];
};

describe('At the end of a line come', () => {
  test('commands, first', () => {
    expect(wordsOf('')).toEqual(expect.arrayContaining(['volumes', 'nodes', 'where', 'restore']));
    expect(wordsOf('-n kafka ')).toContain('volumes');
  });

  test('flags of the command', () => {
    expect(wordsOf('volumes -')).toEqual(expect.arrayContaining(['--namespace', '--sort-by', '--kubeconfig']));
    expect(wordsOf('nodes --')).not.toContain('--namespace');
  });

  test.each([
    ['volumes -o ', ['wide', 'json', 'yaml', 'name']],
    ['volumes --color=', ['auto', 'always', 'never']],
    ['volumes --sort-by ', ['CLAIM', 'USED']],
  ])('values: %j', (line, words) => {
    expect(wordsOf(line)).toEqual(words);
  });

  test.each([
    ['volumes -n ', 'namespaces', {}],
    ['volumes --namespace ka', 'namespaces', {}],
    ['nodes --node=', 'nodes', {}],
    ['where --namespace kafka da', 'claims and volumes', { namespace: 'kafka' }],
    ['--context prod restore ', 'deleted volumes', { context: 'prod' }],
  ])('names of the cluster that the flags choose: %j', (line, names, given) => {
    expect(complete(line)).toEqual({ names, given });
  });

  test.each(['volumes ', 'where kafka/data ', 'volumes --selector '])('nothing: %j', (line) => {
    expect(complete(line)).toEqual({ candidates: [] });
  });
});
