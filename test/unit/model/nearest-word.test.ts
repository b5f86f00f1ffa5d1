import { expect, test } from 'vitest';
import { nearestWord } from '../../../src/model/nearest-word.ts';

const words = ['base-directory', 'kubeconfig', 'node-name', 'log-level', 'log-format'];

test.each([
  ['base-dir', 'base-directory'],
  ['kubeconfg', 'kubeconfig'],
  ['nodename', 'node-name'],
  ['log-lvel', 'log-level'],
  ['log', undefined],
  ['x', undefined],
  ['', undefined],
  ['completely-different', undefined],
])('for %j it is %j', (written, word) => {
  expect(nearestWord(written, words)).toBe(word);
});
