import { describe, expect, test, vi } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import { nodeName, objectOf, releasedVolume, volumeName } from '../../support/build-views.ts';
import { claimObject, everything, fastClass, gated, nothing, pass, unusable, world } from './world.ts';

const selectedNode = 'volume.kubernetes.io/selected-node';
const onNode = (node: string) => claimObject({ annotations: { [selectedNode]: node } });
const selection = () => world.kube.claims.get('default/data')?.metadata?.annotations?.[selectedNode];
const told = () => world.events.map(({ reason, message }) => `${reason}: ${message.split(':')[0]}`);
const full = new StorageError('NoSpace', 'the disk is full');

/** In a cluster of two nodes, with a class that waits for the first consumer. */
function start({ changes = {}, nodes = [nodeName, 'node-b'] }: { changes?: object; nodes?: string[] } = {}): void {
  for (const node of nodes) world.kube.nodes.set(node, {});
  world.kube.classes.set('fast', { ...fastClass, volumeBindingMode: 'WaitForFirstConsumer', ...changes });
  world.start({ withClass: false });
}

describe('a claim for which this node was selected', () => {
  test('goes back to the scheduler when the disk is full, with an Event that says why, and nothing is left of it', async () => {
    vi.spyOn(world.storage, 'makeDirectory').mockRejectedValue(full);
    start();
    world.putClaim(onNode(nodeName));
    await pass(5_000);
    expect(selection()).toBeUndefined();
    expect(told()).toEqual(['ProvisioningFailed: NoSpace', 'NodeGivenBack: NoSpace']);
    expect(world.state).toEqual(nothing);
  });

  test('stays when this is the only node, and is served when there is space', async () => {
    const making = vi.spyOn(world.storage, 'makeDirectory').mockRejectedValue(full);
    start({ nodes: [nodeName] });
    world.putClaim(onNode(nodeName));
    await pass(60_000);
    expect(selection()).toBe(nodeName);
    making.mockRestore();
    await pass(30_000);
    expect(world.state).toEqual(everything);
  });

  test('goes back when the base directory cannot be used for half a minute, not sooner', async () => {
    vi.spyOn(world.storage, 'makeDirectory').mockRejectedValue(unusable);
    world.pool.trouble = { error: unusable, forMs: 29_999 };
    start();
    world.putClaim(onNode(nodeName));
    await pass(29_000);
    expect(selection()).toBe(nodeName);
    world.pool.trouble = { error: unusable, forMs: 30_000 };
    await pass(30_000);
    expect(selection()).toBeUndefined();
    expect(told().at(-1)).toBe('NodeGivenBack: BaseDirectoryMissing');
  });

  test('stays while the volumes of the node are merely not listed', async () => {
    const notListed = new StorageError('VolumesNotListed', 'wait');
    vi.spyOn(world.storage, 'makeDirectory').mockRejectedValue(notListed);
    world.pool.trouble = { error: notListed, forMs: 300_000 };
    start();
    world.putClaim(onNode(nodeName));
    await pass(300_000);
    expect(selection()).toBe(nodeName);
  });

  test('is given back with growing waits when the scheduler selects this node again and again', async () => {
    const allowedTopologies = [{ matchLabelExpressions: [{ key: 'zone', values: ['b'] }] }];
    const begin = performance.now();
    const givenAtMs: number[] = [];
    const give = world.kube.giveNodeBack.bind(world.kube);
    world.kube.giveNodeBack = async (claim) => {
      await give(claim);
      givenAtMs.push(Math.round((performance.now() - begin) / 1_000));
      world.putClaim(onNode(nodeName));
    };
    start({ changes: { allowedTopologies } });
    world.putClaim(onNode(nodeName));
    await pass(600_000);
    expect(givenAtMs).toEqual([0, 30, 90, 210, 510]);
  });

  test('keeps its node when a volume was registered for it without our knowledge', async () => {
    world.pool.trouble = { error: unusable, forMs: 60_000 };
    start();
    world.kube.watcher = undefined;
    world.kube.put(objectOf(releasedVolume({ phase: 'Pending' })));
    world.putClaim(onNode(nodeName));
    await pass(5_000);
    expect(selection()).toBe(nodeName);
    expect(told()).toEqual([`ProvisioningSucceeded: Successfully provisioned volume ${volumeName}`]);
  });

  test('keeps its node when it changed since it was judged', async () => {
    world.pool.trouble = { error: unusable, forMs: 60_000 };
    const giving = gated(world.kube, 'giveNodeBack');
    start();
    world.putClaim(onNode(nodeName));
    await pass();
    expect(giving.begun).toBe(1);
    const { metadata, spec = {} } = onNode(nodeName);
    const bound = { metadata: { ...metadata, resourceVersion: '8' }, spec: { ...spec, volumeName } };
    world.kube.claims.set('default/data', bound);
    giving.open();
    await pass(99);
    world.controller.claims.present(bound);
    await pass(5_000);
    expect(giving.begun).toBe(1);
    expect(selection()).toBe(nodeName);
    expect(told()).toEqual([]);
  });
});

describe('a claim for which another node was selected', () => {
  test('is given back after half a minute when that node does not exist', async () => {
    start({ nodes: [nodeName] });
    world.putClaim(onNode('node-b'));
    await pass(29_000);
    expect(selection()).toBe('node-b');
    await pass(18_000);
    expect(selection()).toBeUndefined();
    expect(told()).toEqual(['NodeGivenBack: SelectedNodeGone']);
    expect(world.state).toEqual(nothing);
  });

  test('costs no read of it, and one of its node now and then, when that node exists', async () => {
    start();
    const readClaim = vi.spyOn(world.kube, 'readClaim');
    const readNode = vi.spyOn(world.kube, 'readNode');
    world.putClaim(onNode('node-b'));
    await pass(20_000);
    expect(readNode).not.toHaveBeenCalled();
    await pass(600_000);
    expect(selection()).toBe('node-b');
    expect(readClaim).not.toHaveBeenCalled();
    expect(readNode.mock.calls.length).toBeLessThan(6);
    expect(world.events).toEqual([]);
  });

  test('is served here when its class does not wait for the first consumer', async () => {
    start({ changes: { volumeBindingMode: 'Immediate' }, nodes: [nodeName] });
    world.putClaim(onNode('node-b'));
    await pass(46_000);
    expect(world.state).toEqual(everything);
    expect(told()).toEqual(['ProvisioningSucceeded: Successfully provisioned volume pvc-aaaa-1']);
  });
});
