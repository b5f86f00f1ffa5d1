import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { OtherNodes } from '../../../src/volume/other-nodes.ts';
import { FakeKube } from '../../support/fake-kube.ts';

let kube: FakeKube;
let nodes: OtherNodes;
beforeEach(() => {
  vi.useFakeTimers();
  kube = new FakeKube();
  nodes = new OtherNodes(kube);
});
afterEach(() => {
  vi.useRealTimers();
});

test('however many claims ask, the API server is asked once in half a minute whether there are other nodes', async () => {
  const asked = vi.spyOn(kube, 'hasSeveralNodes');
  expect([await nodes.areThere(), await nodes.areThere()]).toEqual([false, false]);
  kube.nodes.set('node-b', {});
  vi.advanceTimersByTime(29_999);
  expect(await nodes.areThere()).toBe(false);
  vi.advanceTimersByTime(1);
  expect(await nodes.areThere()).toBe(true);
  expect(asked).toHaveBeenCalledTimes(2);
});

test('a node that was found counts for half a minute, and one that was missing is asked for again at once', async () => {
  kube.nodes.set('node-b', {});
  expect(await nodes.has('node-b')).toBe(true);
  kube.nodes.delete('node-b');
  expect(await nodes.has('node-b')).toBe(true);
  vi.advanceTimersByTime(30_000);
  expect(await nodes.has('node-b')).toBe(false);
  kube.nodes.set('node-b', {});
  expect(await nodes.has('node-b')).toBe(true);
});
