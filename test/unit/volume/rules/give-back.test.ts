import { describe, expect, test } from 'vitest';
import { decide } from '../../../../src/volume/decide.ts';
import { claimView, volumeRecord } from '../../../support/build-views.ts';

type Changes = NonNullable<Parameters<typeof claimView>[0]>;

const elsewhere = [[{ key: 'zone', values: ['b'] }]];
const full = { reason: 'NoSpace', message: 'the disk is full' };

/** This node was selected, there are others, and the disk is full. */
const selectedHere = (changes: Changes = {}) =>
  claimView({
    trouble: full,
    otherNodes: true,
    ...changes,
    claim: { selectedNode: 'node-a', ...changes.claim },
    class: { waitForFirstConsumer: true, ...changes.class },
  });

/** A node was selected that does not exist. */
const selectedGone = (changes: Changes = {}) =>
  claimView({
    selectedNodeExists: false,
    ...changes,
    claim: { selectedNode: 'node-b', ...changes.claim },
    class: { waitForFirstConsumer: true, ...changes.class },
  });

describe('a claim whose selected node cannot serve it is given back', () => {
  test.each([
    ['the disk is full', { trouble: full }, 'NoSpace'],
    [
      'the base directory is missing',
      { trouble: { reason: 'BaseDirectoryMissing', message: 'make it' } },
      'BaseDirectoryMissing',
    ],
    ['the class excludes the node', { trouble: undefined, class: { allowedTopologies: elsewhere } }, 'NodeNotAllowed'],
  ] satisfies [string, Changes, string][])('when %s', (_, changes, reason) => {
    expect(decide(selectedHere(changes))).toMatchObject({ action: 'giveBack', reason });
  });

  test.each([
    ['there is no other node', { otherNodes: false }],
    ['it was given back a moment ago', { giveBackWaitMs: 1 }],
    ['a volume may still come of an earlier try', { inDoubtForMs: 1 }],
    ['the class does not wait for the first consumer', { class: { waitForFirstConsumer: false } }],
    ['what was begun is to be kept', { record: volumeRecord({ reclaimPolicy: 'Retain' }) }],
  ] satisfies [string, Changes][])('but is tried on here when %s', (_, changes) => {
    expect(decide(selectedHere(changes))).toMatchObject({ action: 'provision' });
  });

  test.each([
    ['every node would refuse the claim', { claim: { volumeMode: 'Block' } }, 'BlockVolume'],
    ['every node would refuse the class', { class: { parameters: { size: 'big' } } }, 'ClassParameterInvalid'],
  ] satisfies [string, Changes, string][])('but is refused when %s', (_, changes, reason) => {
    expect(decide(selectedHere(changes))).toMatchObject({ action: 'refuse', reason });
  });

  test('once what was begun for it is taken back', () => {
    const undone = { action: 'undo', reason: 'NoSpace', objection: 'the disk is full' };
    expect(decide(selectedHere({ begun: true }))).toEqual(undone);
  });

  test('but not if it has its volume', () => {
    expect(decide(selectedHere({ volume: {} }))).toMatchObject({ action: 'confirm' });
  });
});

describe('a claim on a node that its class excludes', () => {
  const excluded = (changes: Changes) =>
    decide(selectedHere({ trouble: undefined, ...changes, class: { allowedTopologies: elsewhere } }));

  test('is refused in a cluster of one node', () => {
    expect(excluded({ otherNodes: false })).toMatchObject({ action: 'refuse', reason: 'NodeNotAllowed' });
  });

  test.each([
    ['it may be given back again', { giveBackWaitMs: 12.5 }],
    ['no volume can come of an earlier try', { inDoubtForMs: 12.5, begun: true }],
  ] satisfies [string, Changes][])('is told of, and looked at again when %s', (_, changes) => {
    expect(excluded(changes)).toMatchObject({ action: 'fail', reason: 'NodeNotAllowed', afterMs: 12.5 });
  });
});

describe('a claim whose selected node does not exist', () => {
  test('is given back, by whoever sees it first, also to the only node that is left', () => {
    expect(decide(selectedGone())).toEqual({
      action: 'giveBack',
      reason: 'SelectedNodeGone',
      message: 'node "node-b" does not exist',
    });
  });

  test.each([
    ['waits while it was given back a moment ago', { giveBackWaitMs: 12.5 }, 'wait', 'SelectedNodeGone'],
    ['is left to a node that exists', { selectedNodeExists: true }, 'ignore', 'OtherNodeSelected'],
    ['is left while nobody has asked for the node', { selectedNodeExists: undefined }, 'ignore', 'OtherNodeSelected'],
    ['is left when it is being deleted', { claim: { deleting: true } }, 'ignore', 'OtherNodeSelected'],
    ['has what was begun for it taken back first', { begun: true }, 'undo', 'OtherNodeSelected'],
    ['is served when its class does not wait', { class: { waitForFirstConsumer: false } }, 'provision', 'Pending'],
  ] satisfies [string, Changes, string, string][])('%s', (_, changes, action, reason) => {
    expect(decide(selectedGone(changes))).toMatchObject({ action, reason });
  });
});
