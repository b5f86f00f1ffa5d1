import { beforeEach, describe, expect, test } from 'vitest';
import type { MetadataObject } from '../../../src/model/kubernetes.ts';
import { OwnNode } from '../../../src/watch/own-node.ts';
import { listAnew } from '../../support/list-anew.ts';

const hostname = 'kubernetes.io/hostname';
const object = (labels?: Record<string, string>): MetadataObject => ({
  metadata: { name: 'node-a', ...(labels && { labels }) },
});

let changes: number;
let missing: number;
let node: OwnNode;
beforeEach(() => {
  changes = 0;
  missing = 0;
  node = new OwnNode({
    nodeName: 'node-a',
    onChange: () => {
      changes += 1;
    },
    onMissing: () => {
      missing += 1;
    },
  });
});

describe('OwnNode', () => {
  test('takes the usual for granted before the node has registered', () => {
    expect(node.facts).toEqual({ name: 'node-a', labels: { [hostname]: 'node-a' }, hostname: 'node-a' });
  });

  test('takes the labels that the node has, its hostname among them', () => {
    node.present(object({ [hostname]: 'host-a', zone: 'a' }));
    expect(node.facts).toEqual({ name: 'node-a', labels: { [hostname]: 'host-a', zone: 'a' }, hostname: 'host-a' });
    expect(changes).toBe(1);
  });

  test('knows that a node has no hostname', () => {
    node.present(object());
    expect(node.facts).toEqual({ name: 'node-a', labels: {}, hostname: undefined });
  });

  test('is silent when the labels stay the same, as at each heartbeat', () => {
    node.present(object({ [hostname]: 'node-a' }));
    node.present(object({ zone: 'a' }));
    node.present(object({ zone: 'a' }));
    expect(changes).toBe(1);
  });

  test('says at the end of a list that the node is not there, and not before', () => {
    node.listing();
    expect(missing).toBe(0);
    node.listed();
    expect(missing).toBe(1);
    listAnew(node, object({}));
    expect(missing).toBe(1);
    listAnew(node);
    expect(missing).toBe(2);
  });

  test('keeps the last labels of a node that was removed', () => {
    node.present(object({ [hostname]: 'host-a' }));
    node.gone();
    listAnew(node);
    expect(node.facts.hostname).toBe('host-a');
  });
});
