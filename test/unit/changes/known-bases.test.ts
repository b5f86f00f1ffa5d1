import { expect, test } from 'vitest';
import { knownBases } from '../../../src/changes/known-bases.ts';

const facts = (registered: boolean) => ({ name: 'node-a', registered, labels: {}, hostname: undefined });
const bases = [{ path: '/data', id: 'base-1', mounted: false }];

test('The base directories of a node are known once the node and its volumes were listed', () => {
  const registered = { facts: facts(true), isMissing: false };
  expect(knownBases(registered, { knownBases: bases })).toEqual(bases);
  expect(knownBases(registered, { knownBases: undefined })).toBeUndefined();
  expect(knownBases({ facts: facts(false), isMissing: false }, { knownBases: bases })).toBeUndefined();
});

test('A node that the cluster does not have has none, and the refusal says what to do', () => {
  const missing = { facts: facts(false), isMissing: true };
  expect(() => knownBases(missing, { knownBases: [] })).toThrow(
    expect.objectContaining({
      reason: 'NodeNotRegistered',
      message: expect.stringMatching(/^node "node-a" is not in the cluster: .*kubectl get nodes/),
    }),
  );
});
