import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import { ApiError } from '../../../src/kube/calls/kube-api.ts';
import type { PersistentVolumeClaimObject } from '../../../src/model/kubernetes.ts';
import { annotations } from '../../../src/model/names.ts';
import { Copies } from '../../../src/volume/copies.ts';
import { cloneSource, cls, objectOf, releasedVolume, volumeName, volumeRecord } from '../../support/build-views.ts';
import { Crash, CrashPlan } from '../../support/crash.ts';
import { World } from './world.ts';

const log = '00000000000000000000.log';
const { claim: original } = cloneSource();
const source = original.volumeName ?? '';

let world: World;
function begin(): void {
  world = new World();
  putSource();
  world.putClaim({ spec: { dataSource: { kind: 'PersistentVolumeClaim', name: original.name } } });
}
beforeEach(begin);

function putSource(): void {
  const { namespace, name, uid } = original;
  const object: PersistentVolumeClaimObject = {
    metadata: { namespace, name, uid, annotations: { [annotations.bindCompleted]: 'yes' } },
    spec: { volumeName: source },
  };
  world.kube.claims.set(`${namespace}/${name}`, object);
  world.kube.put(objectOf(releasedVolume({ name: source, phase: 'Bound', claim: { namespace, name, uid } })));
  world.storage.put(volumeRecord({ volume: source, claim: { namespace, name, uid } }), [log]);
}

/** What became of the new volume. */
const state = () => ({
  volume: world.kube.volumes.has(volumeName),
  content: world.storage.base.get(volumeName)?.entries,
  record: world.storage.records.get(volumeName)?.source,
  trash: world.storage.trash.has(volumeName),
});

const whole = { content: [log], record: source, trash: false };
const copied = { ...whole, volume: true };
const unregistered = { ...whole, volume: false };
const unfinished = { ...unregistered, content: undefined };
const nothing = { volume: false, content: undefined, record: undefined, trash: false };

const refuse = (reason: 'Forbidden' | 'Unknown') => {
  world.kube.createVolume = () => Promise.reject(new ApiError(reason, 'no'));
};

const deleteClaim = () => world.kube.claims.delete('default/data');
const restart = () => {
  world.copies = new Copies();
};

describe('a copy', () => {
  test('is registered when it is whole, and each look before it ends at once', async () => {
    world.storage.doClonesEnd = false;
    for (const begun of ['begun', 'goesOn']) {
      expect(await world.look()).toMatchObject({ result: 'waiting', afterMs: 100, copy: { state: begun } });
      expect(state()).toEqual(unfinished);
    }
    world.storage.doClonesEnd = true;
    expect(await world.look()).toMatchObject({ result: 'done', copy: { state: 'whole' } });
    expect(state()).toEqual(copied);
  });

  test('waits ever longer for a source without a volume, and its user is told after half a minute', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { namespace, name, uid } = original;
    world.kube.claims.set(`${namespace}/${name}`, { metadata: { namespace, name, uid } });
    const looks: string[] = [];
    for (let atS = 0; atS <= 36; ) {
      const { result, reason, afterMs } = await world.look().catch((error) => error);
      looks.push(`${atS} s: ${result ?? reason}`);
      vi.advanceTimersByTime(afterMs);
      atS += afterMs / 1_000;
    }
    const waits = [0, 1, 2, 4, 8, 16, 26].map((atS) => `${atS} s: waiting`);
    expect(looks).toEqual([...waits, '36 s: SourcePending']);
    putSource();
    await world.look();
    await world.look();
    expect(state()).toEqual(copied);
  });

  test('has the limit of its class', async () => {
    world.storage.support = { by: 'project' };
    world.classes.set('fast', cls({ parameters: { quota: 'enforce', overcommit: '9999' } }));
    await world.look();
    expect(world.storage.records.get(volumeName)?.quota?.bytes).toBe(2 ** 30);
  });

  test('goes on when its source has gone since', async () => {
    await world.look();
    world.kube.claims.delete('default/original');
    await world.look();
    expect(state()).toEqual(copied);
  });

  test('is begun anew after a restart, if its source is still there', async () => {
    await world.look();
    restart();
    world.kube.claims.delete('default/original');
    await expect(world.look()).rejects.toMatchObject({ reason: 'SourceNotFound' });
    putSource();
    await world.look();
    expect(state()).toEqual(copied);
  });

  test('holds its source on the disk until it is whole', async () => {
    await world.look();
    await expect(world.storage.trashDirectory(source)).rejects.toMatchObject({ reason: 'BeingCopied' });
    await world.look();
    await world.storage.trashDirectory(source);
  });

  test.each([
    ['LimitTooSmall', { result: 'refused', reason: 'LimitTooSmall' }],
    ['NoSpace', { reason: 'NoSpace', afterMs: 600_000 }],
    ['StorageFailed', { reason: 'StorageFailed' }],
  ] as const)('that fails by %s is tried again as soon as that may help', async (reason, expected) => {
    world.storage.cloneDirectory = () => Promise.reject(new StorageError(reason, 'no'));
    const outcome = await world.look().catch((error: unknown) => error);
    expect(outcome).toMatchObject(expected);
    expect(state()).toEqual(nothing);
  });

  test.each(['before', 'after'] as const)('ends the same when the daemon is killed %s any step', async (side) => {
    let steps = 0;
    for (let n = 0; n <= steps; n += 1) {
      begin();
      const plan = new CrashPlan(n, side);
      const kube = plan.over(world.kube, 'createVolume');
      const pools = world.poolsOver(plan.over(world.storage, 'cloneDirectory'));
      for (let look = 0; look < 2; look += 1) {
        await world.look({ kube, pools }).catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
      }
      steps = plan.calls;
      restart();
      for (let look = 0; look < 3; look += 1) await world.look();
      expect(state(), `killed ${side} step ${n}`).toEqual(copied);
    }
    expect(steps).toBe(3);
  });
});

describe('when the claim is gone', () => {
  test.each([
    ['as far as this process knows', () => {}],
    ['after a restart', restart],
  ])('a copy that is not whole is erased, %s', async (_, between) => {
    await world.look();
    deleteClaim();
    between();
    await world.settle();
    expect(state()).toEqual(nothing);
  });

  test('a whole copy is erased if it was certainly not registered', async () => {
    refuse('Forbidden');
    await world.look();
    await expect(world.look()).rejects.toMatchObject({ reason: 'Forbidden' });
    expect(state()).toEqual(unregistered);
    await expect(world.look()).rejects.toMatchObject({ reason: 'Forbidden' });
    deleteClaim();
    await world.settle();
    expect(state()).toEqual(nothing);
  });

  test.each([
    ['the API server did not answer', () => refuse('Unknown'), () => {}],
    ['another process may have tried that', () => refuse('Forbidden'), restart],
  ])('a whole copy is kept if it may have been registered: %s', async (_, arrange, between) => {
    arrange();
    await world.look();
    await world.look().catch(() => {});
    between();
    deleteClaim();
    const view = { ...(await world.observe()), inDoubtForMs: 0 };
    expect(await world.act(view)).toMatchObject({ result: 'waiting' });
    expect(state()).toEqual(unregistered);
  });

  test('a whole copy that nobody wants any more is not registered', async () => {
    await world.look();
    expect(await world.look({ stillWaits: () => false })).toMatchObject({ result: 'waiting', afterMs: 0 });
    expect(state()).toEqual(unregistered);
  });
});

test('only a claim that is to be a copy, and that this node may have to serve, has its source read', async () => {
  const read: string[] = [];
  const { readClaim } = world.kube;
  world.kube.readClaim = (namespace, name) => {
    read.push(name);
    return readClaim.call(world.kube, namespace, name);
  };
  world.classes.set('fast', cls({ waitForFirstConsumer: true }));
  expect((await world.observe()).source).toBeUndefined();
  world.classes.set('fast', cls());
  expect((await world.observe()).source).toMatchObject({ volume: { name: source }, pool: 'default' });
  world.putClaim({ spec: { dataSource: { kind: 'PersistentVolumeClaim', name: 'missing' } } });
  expect((await world.observe()).source).toBe('missing');
  world.putClaim();
  await world.observe();
  expect(read).toEqual([original.name, 'missing']);
});
