import { beforeEach, describe, expect, test } from 'vitest';
import { Node } from '../../../src/changes/node.ts';
import type { MetadataObject } from '../../../src/model/kubernetes.ts';
import { listAnew } from '../../support/list-anew.ts';

const hostname = 'kubernetes.io/hostname';
const object = (labels?: Record<string, string>): MetadataObject => ({
  metadata: { name: 'node-a', ...(labels && { labels }) },
});

let changes: number;
let missing: number;
let node: Node;
beforeEach(() => {
  changes = 0;
  missing = 0;
  node = new Node({
    nodeName: 'node-a',
    onChange: () => {
      changes += 1;
    },
    onMissing: () => {
      missing += 1;
    },
  });
});

describe('Node', () => {
  test('knows nothing of the node before the cluster shows it, and does not miss it before all are listed', () => {
    expect(node.facts).toEqual({ name: 'node-a', registered: false, labels: {}, hostname: undefined });
    node.listing();
    expect([node.isMissing, missing]).toEqual([false, 0]);
  });

  test('misses a node that no list has shown, and says so once', () => {
    listAnew(node);
    listAnew(node);
    expect([node.isMissing, missing]).toEqual([true, 1]);
  });

  test('goes on with a node that registers, with or without labels', () => {
    listAnew(node);
    node.present(object());
    expect(node.isMissing).toBe(false);
    expect(node.facts).toEqual({ name: 'node-a', registered: true, labels: {}, hostname: undefined });
    expect(changes).toBe(1);
  });

  test('takes the labels that the node has, its hostname among them', () => {
    listAnew(node, object({ [hostname]: 'host-a', zone: 'a' }));
    expect(node.facts).toEqual({
      name: 'node-a',
      registered: true,
      labels: { [hostname]: 'host-a', zone: 'a' },
      hostname: 'host-a',
    });
  });

  test('is silent about the node that the first list shows, by which nothing was judged yet', () => {
    listAnew(node, object({ zone: 'a' }));
    expect([changes, missing]).toEqual([0, 0]);
  });

  test('is silent when the labels stay the same, as at each heartbeat', () => {
    listAnew(node, object({ [hostname]: 'node-a' }));
    node.present(object({ zone: 'a' }));
    node.present(object({ zone: 'a' }));
    listAnew(node, object({ zone: 'a' }));
    expect(changes).toBe(1);
  });

  test('keeps the last labels of a node that was removed, and does not miss it', () => {
    listAnew(node, object({ [hostname]: 'host-a' }));
    node.gone();
    listAnew(node);
    expect(node.facts.hostname).toBe('host-a');
    expect([node.isMissing, missing]).toEqual([false, 0]);
  });
});
