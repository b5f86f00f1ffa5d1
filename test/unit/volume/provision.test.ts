import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import { ApiError, type ApiErrorReason } from '../../../src/kube/calls/kube-api.ts';
import { finalizer } from '../../../src/model/names.ts';
import { Notes } from '../../../src/volume/notes.ts';
import { basePath, cls, nodeName, reference, volumeName, volumeRecord } from '../../support/build-views.ts';
import { Crash, CrashPlan } from '../../support/crash.ts';
import {
  directoryOnly,
  everything,
  longestRequestMs,
  nothing,
  type VolumeChanges,
  volumeOnly,
  World,
} from './world.ts';

let world: World;
beforeEach(() => {
  vi.useFakeTimers();
  world = new World();
  world.putClaim();
});
afterEach(() => {
  vi.useRealTimers();
});

/** From now on, the API server answers each POST with an error, after it did something or nothing. */
function refuse(reason: ApiErrorReason, first: () => Promise<void> = async () => {}): void {
  world.kube.createVolume = async () => {
    await first();
    throw new ApiError(reason, `cannot create volume: ${reason}`);
  };
}

describe('provisioning', () => {
  test('leaves a directory, its record and a volume that names both', async () => {
    expect(await world.look()).toEqual({ result: 'done' });
    expect(world.state).toEqual(everything);
    expect(world.storage.records.get(volumeName)).toMatchObject({ claim: reference, node: nodeName });
    expect(world.storage.base.get(volumeName)).toMatchObject({ mode: 0o777, owner: undefined });
    expect(world.kube.volumes.get(volumeName)?.spec?.hostPath?.path).toBe(`${basePath}/${volumeName}`);
  });

  test('gives the directory the mode and the owner of the class', async () => {
    world.classes.set('fast', cls({ parameters: { directoryMode: '0750', directoryOwner: '1001:1002' } }));
    await world.look();
    expect(world.storage.base.get(volumeName)).toMatchObject({ mode: 0o750, owner: { uid: 1001, gid: 1002 } });
  });

  test.each(['Delete', 'Retain'] as const)(
    'with policy %s makes Kubernetes wait for the daemon, and notes nothing to keep before there is a volume',
    async (reclaimPolicy) => {
      world.classes.set('fast', cls({ reclaimPolicy }));
      await world.look();
      expect(world.finalizers).toEqual([finalizer]);
      expect(world.kube.volumes.get(volumeName)?.spec?.persistentVolumeReclaimPolicy).toBe(reclaimPolicy);
      expect(world.storage.records.get(volumeName)?.reclaimPolicy).toBe('Delete');
    },
  );

  test('makes the directory before anybody can see the volume', async () => {
    refuse('Unknown', async () => expect(world.state).toEqual(directoryOnly));
    await expect(world.look()).rejects.toMatchObject({ reason: 'Unknown' });
    expect.assertions(2);
  });

  test('registers no volume when the directory cannot be made, and remembers that there was no space until there is', async () => {
    const { makeDirectory } = world.storage;
    world.storage.makeDirectory = () => Promise.reject(new StorageError('NoSpace', 'the disk is full'));
    await expect(world.look()).rejects.toMatchObject({ reason: 'NoSpace' });
    expect([world.state, world.notes.shortageOf(volumeName, 'default')]).toEqual([nothing, 'the disk is full']);
    world.storage.makeDirectory = makeDirectory;
    await world.look();
    expect([world.state, world.notes.shortageOf(volumeName, 'default')]).toEqual([everything, undefined]);
  });

  test('does nothing more the second time', async () => {
    await world.look();
    const volume = world.kube.volumes.get(volumeName);
    expect(await world.look()).toEqual({ result: 'done' });
    expect(world.kube.volumes.get(volumeName)).toBe(volume);
    expect(world.state).toEqual(everything);
  });

  test('registers no volume for a claim that ceased to wait while the directory was made', async () => {
    expect(await world.look({ stillWaits: () => false })).toEqual({ result: 'waiting', afterMs: 0 });
    expect(world.state).toEqual(directoryOnly);
  });

  test.each([
    ['erases the trash that is in the way', 'cluster-a', [volumeName]],
    ['leaves the trash of another cluster, although it is in the way', 'cluster-b', []],
  ])('%s', async (_, cluster, toErase) => {
    world.storage.put(volumeRecord({ cluster }));
    await world.storage.trashDirectory(volumeName);
    await expect(world.look()).rejects.toMatchObject({ reason: 'DirectoryTaken' });
    expect(world.toErase).toEqual(toErase);
  });
});

describe('an answer that rules the volume out', () => {
  test.each<ApiErrorReason>(['Invalid', 'Forbidden', 'Unauthorized', 'NotFound', 'Refused'])(
    '%s takes the directory back',
    async (reason) => {
      refuse(reason);
      await expect(world.look()).rejects.toMatchObject({ reason });
      expect(world.state).toEqual(nothing);
    },
  );

  test('is a conflict when nothing was there to conflict with, and the user is told', async () => {
    refuse('Conflict');
    await expect(world.look()).rejects.toMatchObject({ name: 'ActError', reason: 'CreationConflict' });
    expect(world.state).toEqual(nothing);
  });
});

describe('an answer that leaves open whether there is a volume', () => {
  test.each<ApiErrorReason>(['Unknown', 'TooManyRequests', 'Gone'])('%s keeps directory and record', async (reason) => {
    refuse(reason);
    await expect(world.look()).rejects.toMatchObject({ reason });
    expect(world.state).toEqual(directoryOnly);
  });

  test('is none although the volume was made: the next look finds it and makes no second one', async () => {
    const create = world.kube.createVolume.bind(world.kube);
    let posts = 0;
    world.kube.createVolume = async (volume) => {
      posts += 1;
      await create(volume);
      throw new ApiError('Unknown', 'socket hang up');
    };
    await expect(world.look()).rejects.toThrow('socket hang up');
    expect(await world.look()).toEqual({ result: 'done' });
    expect({ ...world.state, posts }).toEqual({ ...everything, posts: 1 });
  });

  test('is not a defect', async () => {
    world.kube.createVolume = () => Promise.reject(new TypeError('defect'));
    await expect(world.look()).rejects.toThrow('defect');
    expect(world.state).toEqual(directoryOnly);
    expect(world.notes.inDoubtForMs(volumeName)).toBe(0);
  });

  describe('and then the claim goes', () => {
    const forsake = async (reason: ApiErrorReason): Promise<void> => {
      refuse(reason);
      await expect(world.look()).rejects.toMatchObject({ reason });
      world.kube.claims.clear();
    };

    test('without an answer, nothing is taken back before the API server must have given up', async () => {
      await forsake('Unknown');
      expect(await world.look()).toEqual({ result: 'waiting', afterMs: longestRequestMs });
      vi.advanceTimersByTime(longestRequestMs - 1);
      expect(await world.look()).toEqual({ result: 'waiting', afterMs: 1 });
      expect(world.state).toEqual(directoryOnly);
      vi.advanceTimersByTime(1);
      expect(await world.look()).toEqual({ result: 'waiting' });
      expect(world.state).toEqual(nothing);
    });

    test('a volume that comes in this time finds its directory', async () => {
      await forsake('Unknown');
      await world.look();
      world.putVolume({ phase: 'Pending' });
      vi.advanceTimersByTime(longestRequestMs);
      expect(await world.look()).toEqual({ result: 'done' });
      expect(world.state).toEqual(everything);
    });

    test('an answer that rules out a second try does not rule out the first', async () => {
      refuse('Unknown');
      await expect(world.look()).rejects.toThrow();
      refuse('Forbidden');
      await expect(world.look()).rejects.toMatchObject({ reason: 'Forbidden' });
      expect(world.state).toEqual(directoryOnly);
    });

    test('each try that is not answered begins the time anew', async () => {
      refuse('Unknown');
      await expect(world.look()).rejects.toThrow();
      vi.advanceTimersByTime(longestRequestMs - 1);
      await forsake('Unknown');
      expect(await world.look()).toEqual({ result: 'waiting', afterMs: longestRequestMs });
    });

    test('a restart need not wait: the calls of a process end with it', async () => {
      await forsake('Unknown');
      world.notes = new Notes();
      await world.look();
      expect(world.state).toEqual(nothing);
    });

    test.each<ApiErrorReason>(['TooManyRequests', 'Gone'])(
      '%s was an answer: what was begun is taken back at once',
      async (reason) => {
        await forsake(reason);
        expect(await world.look()).toEqual({ result: 'waiting' });
        expect(world.state).toEqual(nothing);
      },
    );
  });
});

describe('a volume of that name that was there first', () => {
  const elsewhere: VolumeChanges = { nodeLabel: 'node-b', identity: 'node-b', hostname: 'node-b' };
  const unknown: VolumeChanges = { nodeLabel: undefined };

  /** Nothing but the API server's answer to the POST tells of a volume without our label: the next look judges it. */
  const meet = async (changes: VolumeChanges): Promise<void> => {
    world.putVolume({ phase: 'Pending', ...changes });
    await expect(world.look()).rejects.toMatchObject({ reason: 'AlreadyExists' });
    expect(world.state).toEqual(everything);
  };

  test('is found before anything is made, when it is ours', async () => {
    world.putVolume({ phase: 'Pending' });
    expect(await world.look()).toEqual({ result: 'done' });
    expect(world.state).toEqual(volumeOnly);
  });

  test('is labelled when it is ours and has lost its label, and is then as good as a new one', async () => {
    await meet(unknown);
    expect(await world.look()).toEqual({ result: 'waiting', afterMs: 0 });
    expect(await world.look()).toEqual({ result: 'done' });
    expect(world.state).toEqual(everything);
  });

  test('is not given an empty directory when it is ours and its disk was replaced since', async () => {
    const failure = { reason: 'AnotherBaseDirectory', message: expect.stringMatching(/id base-2.* id base-1 now/) };
    world.putVolume({ phase: 'Pending', baseDirectoryId: 'base-2' });
    await expect(world.look()).rejects.toMatchObject(failure);
    expect(world.state).toEqual(volumeOnly);
    await meet({ ...unknown, baseDirectoryId: 'base-2' });
    await expect(world.look()).rejects.toMatchObject(failure);
    expect(world.state).toEqual(volumeOnly);
  });

  test("ends ours when it is another node's, which is no success of ours", async () => {
    await meet(elsewhere);
    expect(await world.look()).toEqual({ result: 'waiting' });
    expect(world.state).toEqual(volumeOnly);
  });

  test('is left to its end when it is ours and is being deleted, and the user is told', async () => {
    world.storage.put(volumeRecord());
    world.putVolume({ phase: 'Pending', deleting: true });
    expect(await world.look()).toMatchObject({ result: 'refused', reason: 'VolumeBeingDeleted' });
    expect(world.state).toEqual(everything);
    world.kube.volumes.clear();
    expect(await world.look()).toEqual({ result: 'done' });
    expect(world.state).toEqual(everything);
  });

  test('is left alone when it lies elsewhere: ours is taken back, the user is told, and it is tried again', async () => {
    await meet({ ...unknown, claim: undefined, identity: undefined, path: '/somewhere' });
    await expect(world.look()).rejects.toMatchObject({ name: 'ActError', reason: 'VolumeNameTaken' });
    expect(world.state).toEqual(volumeOnly);
    world.kube.volumes.clear();
    await world.look();
    expect(world.state).toEqual(everything);
  });

  test('is made again when it has vanished by the next look', async () => {
    await meet(elsewhere);
    world.kube.volumes.clear();
    expect(await world.look()).toEqual({ result: 'done' });
    expect(world.state).toEqual(everything);
  });

  test('leaves everything as it is when it cannot be read', async () => {
    await meet(elsewhere);
    world.kube.readVolume = () => Promise.reject(new ApiError('Unknown', 'no answer'));
    await expect(world.look()).rejects.toThrow('no answer');
    expect(world.state).toEqual(everything);
  });

  test('leaves the claim to wait when it is released, since its claim lives, until one of the two goes', async () => {
    world.storage.put(volumeRecord());
    world.putVolume({ phase: 'Released' });
    expect(await world.look()).toEqual({ result: 'waiting', afterMs: 10_000 });
    expect(world.state).toEqual(everything);
    world.kube.claims.clear();
    await world.settle();
    expect(world.state).toEqual(nothing);
  });
});

describe('taking back what was begun', () => {
  const log = '00000000000000000000.log';
  const forsaken = (entries: string[]): void => {
    world.storage.put(volumeRecord(), entries);
    world.kube.claims.clear();
  };

  test('keeps a directory that is not empty for the grace period, then moves it to the trash', async () => {
    forsaken([log]);
    expect(await world.look()).toEqual({ result: 'waiting', afterMs: 60_000 });
    vi.advanceTimersByTime(59_999);
    expect(await world.look()).toEqual({ result: 'waiting', afterMs: 1 });
    expect(world.state).toEqual(directoryOnly);
    vi.advanceTimersByTime(1);
    expect(await world.look()).toEqual({ result: 'done' });
    expect(world.storage.trash.get(volumeName)?.entries).toEqual([log]);
    expect(world.toErase).toEqual([volumeName]);
  });

  test('leaves a directory that is not empty although another node has made the volume', async () => {
    world.storage.put(volumeRecord(), [log]);
    world.putVolume({ nodeLabel: 'node-b', identity: 'node-b', hostname: 'node-b', phase: 'Pending' });
    expect(await world.look()).toMatchObject({ result: 'refused', reason: 'DirectoryNotEmpty' });
    expect(world.state).toEqual(everything);
  });

  test('is tried again when the disk does not allow it', async () => {
    forsaken([]);
    world.storage.undoDirectory = () => Promise.reject(new StorageError('ReadOnly', 'read-only'));
    await expect(world.look()).rejects.toMatchObject({ reason: 'ReadOnly' });
  });
});

describe('a crash at any step', () => {
  const steps = [0, 1].flatMap((step) => (['before', 'after'] as const).map((side) => ({ step, side })));
  const over = (plan: CrashPlan) => ({
    kube: plan.over(world.kube, 'createVolume'),
    pools: world.poolsOver(plan.over(world.storage, 'makeDirectory', 'undoDirectory')),
  });

  test.each(steps)('$side step $step: a restart finishes it, or undoes it when the claim is gone', async (at) => {
    for (const claimGoes of [false, true]) {
      world = new World();
      world.putClaim();
      await expect(world.look(over(new CrashPlan(at.step, at.side)))).rejects.toBeInstanceOf(Crash);
      for (const volume of world.kube.volumes.keys()) expect(world.state.base).toContain(volume);
      if (claimGoes) world.kube.claims.clear();
      await world.look();
      // A volume that exists by now is deleted once Kubernetes calls it released.
      const stays = !claimGoes || (at.step === 1 && at.side === 'after');
      expect(world.state).toEqual(stays ? everything : nothing);
    }
  });

  test('these are all the steps there are', async () => {
    const plan = new CrashPlan(Number.POSITIVE_INFINITY, 'before');
    await world.look(over(plan));
    expect(plan.calls).toBe(2);
  });
});
