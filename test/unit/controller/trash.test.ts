import { describe, expect, test, vi } from 'vitest';
import type { Erasure } from '../../../src/disk/port.ts';
import { KeyedLock } from '../../../src/flow/keyed-lock.ts';
import { keptFor, reference, volumeName, volumeRecord } from '../../support/build-views.ts';
import { gated, nothing, pass, released, unusable, world } from './world.ts';

describe('trash of a volume that came back, as from a backup of the API server', () => {
  test('stays while a claim is bound to the volume, and is erased once that has let it go', async () => {
    const hour = 3_600_000;
    world.storage.put(volumeRecord(keptFor(hour)), ['data']);
    await world.storage.trashDirectory(volumeName);
    world.start();
    await pass();
    world.kube.put(released({ phase: 'Bound' }));
    await pass(2 * hour);
    expect(world.state).toEqual({ volumes: [volumeName], base: [], trash: [volumeName], records: [volumeName] });
    world.setPhase('Released');
    await pass();
    expect(world.state).toEqual(nothing);
  });
});

describe('trash that cannot be erased', () => {
  const leftFor10Minutes = 10 * 60_000;

  const withTrash = async (): Promise<void> => {
    world.storage.put(volumeRecord(), ['data']);
    await world.storage.trashDirectory(volumeName);
  };

  test('because something is in the way is tried again later', async () => {
    await withTrash();
    const erase = world.storage.eraseTrash.bind(world.storage);
    const left: Erasure = { result: 'left', entries: 2, problems: ['data: a mount'] };
    const erasing = vi.spyOn(world.storage, 'eraseTrash').mockResolvedValue(left);
    world.start();
    await pass(leftFor10Minutes - 1);
    expect(erasing).toHaveBeenCalledTimes(1);
    await pass(1);
    expect(erasing).toHaveBeenCalledTimes(2);
    erasing.mockImplementation(erase);
    await pass(leftFor10Minutes);
    expect(erasing).toHaveBeenCalledTimes(3);
    expect(world.state).toEqual(nothing);
    await pass(leftFor10Minutes);
    expect(erasing).toHaveBeenCalledTimes(3);
  });

  test('because the disk fails is tried again soon', async () => {
    await withTrash();
    const erase = world.storage.eraseTrash.bind(world.storage);
    const erasing = vi.spyOn(world.storage, 'eraseTrash').mockRejectedValueOnce(unusable).mockImplementation(erase);
    world.start();
    await pass(1_000);
    expect(erasing).toHaveBeenCalledTimes(2);
    expect(world.state).toEqual(nothing);
    expect(world.messages).toContain('warn: trash not erased (BaseDirectoryMissing)');
  });

  test('does not keep volumes from being deleted', async () => {
    gated(world.storage, 'eraseTrash');
    world.start();
    const names = ['pvc-1', 'pvc-2', 'pvc-3', 'pvc-4'];
    for (const name of names) {
      const claim = { ...reference, name, uid: name.slice('pvc-'.length) };
      world.storage.put(volumeRecord({ volume: name, claim }));
      world.kube.put(released({ name, claim }));
    }
    await pass();
    expect(world.state).toMatchObject({ base: [], trash: names });
  });
});

describe('trash that takes several turns to erase', () => {
  /** Puts volumes into the trash, and says in which order they get their turns. */
  const withTurns = async (turns: Record<string, number>): Promise<string[]> => {
    const left = new Map(Object.entries(turns));
    const order: string[] = [];
    for (const name of left.keys()) {
      world.storage.put(volumeRecord({ volume: name }), ['data']);
      await world.storage.trashDirectory(name);
    }
    const erase = world.storage.eraseTrash.bind(world.storage);
    const oneAtATime = new KeyedLock();
    vi.spyOn(world.storage, 'eraseTrash').mockImplementation((name) =>
      oneAtATime.run('trash', async () => {
        order.push(name);
        await new Promise((resolve) => setTimeout(resolve, turnMs));
        const wanted = (left.get(name) ?? 0) - 1;
        left.set(name, wanted);
        return wanted > 0 ? { result: 'unfinished', entries: 1 } : erase(name);
      }),
    );
    return order;
  };
  const turnMs = 5_000;

  test('comes again behind the other trash that waits', async () => {
    const order = await withTurns({ 'pvc-large': 3, 'pvc-1': 1, 'pvc-2': 1, 'pvc-3': 1, 'pvc-4': 1 });
    world.start();
    await pass(7.5 * turnMs);
    expect(order).toEqual(['pvc-large', 'pvc-1', 'pvc-2', 'pvc-3', 'pvc-4', 'pvc-large', 'pvc-large']);
    expect(world.state).toEqual(nothing);
  });

  test('takes turns with other such trash', async () => {
    const order = await withTurns({ 'pvc-a': 3, 'pvc-b': 3, 'pvc-c': 2 });
    world.start();
    await pass(8.5 * turnMs);
    expect(order).toEqual(['pvc-a', 'pvc-b', 'pvc-c', 'pvc-a', 'pvc-b', 'pvc-c', 'pvc-a', 'pvc-b']);
    expect(world.state).toEqual(nothing);
  });

  test('gets one turn after another when nothing else waits', async () => {
    const order = await withTurns({ 'pvc-large': 100 });
    world.start();
    await pass(101 * turnMs);
    expect(order).toHaveLength(100);
    expect(world.state).toEqual(nothing);
  });
});

describe('trash that is to be kept', () => {
  const hourMs = 60 * 60_000;

  const withKeptTrash = async (forMs: number): Promise<void> => {
    world.storage.put(volumeRecord({ ...keptFor(forMs) }), ['data']);
    await world.storage.trashDirectory(volumeName);
  };

  test('is erased when its time is over, and not before', async () => {
    await withKeptTrash(hourMs);
    world.start();
    await pass(hourMs - 1);
    expect(world.state).toMatchObject({ trash: [volumeName] });
    expect(world.messages).toContain('debug: trash waits for its retention (Retention)');
    await pass(1);
    expect(world.state).toEqual(nothing);
  });

  test('for longer than a timer can wait is kept all the same', async () => {
    const yearMs = 365 * 24 * hourMs;
    await withKeptTrash(yearMs);
    world.start();
    await pass(yearMs - 1);
    expect(world.state).toMatchObject({ trash: [volumeName] });
    await pass(1);
    expect(world.state).toEqual(nothing);
  });

  test('does not keep other trash from being erased', async () => {
    await withKeptTrash(hourMs);
    const claim = { ...reference, uid: 'bbbb-2' };
    world.storage.put(volumeRecord({ volume: 'pvc-bbbb-2', claim }));
    await world.storage.trashDirectory('pvc-bbbb-2');
    world.start();
    await pass(1_000);
    expect(world.state).toMatchObject({ trash: [volumeName], records: [volumeName] });
  });

  test('and is restored meanwhile is left alone, with its volume and without', async () => {
    await withKeptTrash(hourMs);
    world.start();
    await pass(1_000);
    await world.storage.restoreDirectory(volumeName);
    world.controller.surroundingsChanged();
    await pass(2 * hourMs);
    expect(world.state).toMatchObject({ base: [volumeName], trash: [], records: [volumeName] });
  });
});
