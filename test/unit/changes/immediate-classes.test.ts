import { beforeEach, describe, expect, test } from 'vitest';
import { ImmediateClasses } from '../../../src/changes/immediate-classes.ts';
import { cls } from '../../support/build-views.ts';

const hostnames = (...values: string[]) => [[{ key: 'kubernetes.io/hostname', values }]];

let told: string[];
let asked: number;
let otherNodes: boolean | Error;
let classes: ImmediateClasses;
beforeEach(() => {
  told = [];
  asked = 0;
  otherNodes = true;
  classes = new ImmediateClasses({
    areThereOtherNodes: async () => {
      asked += 1;
      if (otherNodes instanceof Error) throw otherNodes;
      return otherNodes;
    },
    onRisk: ({ name }) => told.push(name),
  });
});

describe('in a cluster of several nodes, a class', () => {
  test.each([
    ['that binds at once is told of', cls(), true],
    ['that waits for the first consumer is not', cls({ waitForFirstConsumer: true }), false],
    ['that allows one hostname is not', cls({ allowedTopologies: hostnames('node-a') }), false],
    ['that allows two hostnames is told of', cls({ allowedTopologies: hostnames('node-a', 'node-b') }), true],
  ])('%s', async (_, candidate, expected) => {
    await classes.check([candidate]);
    expect(told).toEqual(expected ? ['fast'] : []);
    expect(asked).toBe(expected ? 1 : 0);
  });

  test('is told of once, and again when it was made again', async () => {
    for (const _ of ['at first', 'after a change']) await classes.check([cls()]);
    await classes.check([cls({ uid: 'class-uid-2' })]);
    expect(told).toEqual(['fast', 'fast']);
  });
});

test('in a cluster of one node, and while nobody says how many there are, no class is told of', async () => {
  for (const answer of [false, new Error('no answer')]) {
    otherNodes = answer;
    await classes.check([cls()]);
  }
  expect(told).toEqual([]);
  otherNodes = true;
  await classes.check([cls()]);
  expect(told).toEqual(['fast']);
});
