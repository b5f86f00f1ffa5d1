import { afterEach, describe, expect, test, vi } from 'vitest';
import { StorageError } from '../../../src/disk/port.ts';
import type { Outcome } from '../../../src/flow/outcome.ts';
import { ApiError, type ApiErrorReason } from '../../../src/kube/calls/kube-api.ts';
import { pendingClaimOf } from '../../../src/model/claim.ts';
import type { Class } from '../../../src/model/class.ts';
import { Abandonments } from '../../../src/provision/abandonments.ts';
import { actOnClaim } from '../../../src/provision/act.ts';
import { decideProvision } from '../../../src/provision/decide.ts';
import { Doubts } from '../../../src/provision/doubts.ts';
import { observeClaim } from '../../../src/provision/observe.ts';
import {
  claimView,
  cls,
  node,
  objectOf,
  ownCluster,
  provisionerNames,
  reference,
  releasedVolume,
  volumeName,
  volumeRecord,
} from '../../support/build-views.ts';
import { Crash, CrashPlan } from '../../support/crash.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeStorage } from '../../support/fake-storage.ts';
import { giveBackSources } from '../../support/give-back-sources.ts';

/** A cluster with one claim that waits, and an empty base directory. */
class World {
  readonly kube = new FakeKube();
  readonly storage = new FakeStorage();
  readonly classChanges: Partial<Class>;
  doubts = new Doubts();
  readonly abandonments = new Abandonments();
  readonly given = giveBackSources(this.kube);
  readonly giveBacks = this.given.giveBacks;
  readonly shortages = this.given.shortages;
  readonly erased: string[] = [];
  /** Whether the watch has the claim wait still. */
  isPending = () => true;
  readonly erase = (volume: string) => void this.erased.push(volume);

  constructor(classChanges: Partial<Class> = {}) {
    this.classChanges = classChanges;
    this.kube.claims.set('default/data', {
      metadata: { ...reference, annotations: { 'volume.kubernetes.io/storage-provisioner': 'hostpath-provisioner' } },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'fast',
        resources: { requests: { storage: '1Gi' } },
      },
    });
  }

  /** One turn of the claim flow, as the controller makes it. */
  async reconcile({ kube, storage }: { kube: FakeKube; storage: FakeStorage } = this): Promise<Outcome> {
    const { doubts, abandonments, erase, isPending } = this;
    const tools = { ...this.given, kube, storage, doubts, abandonments, erase, isPending };
    const classes = new Map([['fast', cls(this.classChanges)]]);
    const view = await observeClaim(reference, {
      ...tools,
      seen: () => (isPending() ? pendingClaimOf({ metadata: reference }) : undefined),
      classes,
      node: () => node(),
      provisionerNames,
      abandonedGraceMs: 60_000,
      ownCluster: () => ownCluster,
    });
    return actOnClaim(decideProvision(view), view, tools);
  }

  get state() {
    return {
      volumes: [...this.kube.volumes.keys()],
      directories: [...this.storage.base.keys()],
      records: [...this.storage.records.keys()],
    };
  }
}

const nothing = { volumes: [], directories: [], records: [] };
const everything = { volumes: [volumeName], directories: [volumeName], records: [volumeName] };
const directoryOnly = { ...everything, volumes: [] };

/** Has the API server answer a POST with an error, after doing something or nothing. */
function refusing(world: World, reason: ApiErrorReason, first: () => Promise<void> = async () => {}): World {
  world.kube.createVolume = async () => {
    await first();
    throw new ApiError(reason, `cannot create volume: ${reason}`);
  };
  return world;
}

describe('provisioning', () => {
  test('leaves a directory, its record and a volume that names both', async () => {
    const world = new World();
    expect(await world.reconcile()).toEqual({ result: 'done' });
    expect(world.state).toEqual(everything);
    expect(world.storage.records.get(volumeName)).toMatchObject({ claim: reference, node: 'node-a' });
    expect(world.storage.base.get(volumeName)).toMatchObject({ mode: 0o777, owner: undefined });
    expect(world.kube.volumes.get(volumeName)?.spec?.hostPath?.path).toBe(`/tmp/hostpath-provisioner/${volumeName}`);
  });

  test('gives the directory the mode and the owner of the class', async () => {
    const world = new World();
    const view = claimView({ class: { parameters: { directoryMode: '0750', directoryOwner: '1001:1002' } } });
    await actOnClaim(decideProvision(view), view, world);
    expect(world.storage.base.get(volumeName)).toMatchObject({ mode: 0o750, owner: { uid: 1001, gid: 1002 } });
  });

  test.each(['Delete', 'Retain'] as const)(
    'with policy %s, has Kubernetes wait for us, and notes nothing to keep before there is a volume',
    async (reclaimPolicy) => {
      const world = new World({ reclaimPolicy });
      await world.reconcile();
      const { metadata, spec } = world.kube.volumes.get(volumeName) ?? {};
      expect(metadata?.finalizers).toEqual(['external-provisioner.volume.kubernetes.io/finalizer']);
      expect(spec?.persistentVolumeReclaimPolicy).toBe(reclaimPolicy);
      expect(world.storage.records.get(volumeName)?.reclaimPolicy).toBe('Delete');
    },
  );

  test('makes the directory before anybody can see the volume', async () => {
    const world = new World();
    const create = world.kube.createVolume.bind(world.kube);
    world.kube.createVolume = async (volume) => {
      expect(world.state).toEqual(directoryOnly);
      await create(volume);
    };
    await world.reconcile();
    expect(world.state).toEqual(everything);
  });

  test('registers no volume when the directory cannot be made', async () => {
    const world = new World();
    world.storage.makeDirectory = () => Promise.reject(new StorageError('NoSpace', 'the disk is full'));
    await expect(world.reconcile()).rejects.toMatchObject({ reason: 'NoSpace' });
    expect(world.state).toEqual(nothing);
  });

  test('registers no volume when the base directory is not to be trusted', async () => {
    const world = new World();
    world.storage.baseDirectory = new StorageError('BaseDirectoryMissing', 'not there');
    await expect(world.reconcile()).rejects.toMatchObject({ reason: 'BaseDirectoryMissing' });
    expect(world.state).toEqual(nothing);
  });

  test('does nothing more the second time', async () => {
    const world = new World();
    await world.reconcile();
    const volume = world.kube.volumes.get(volumeName);
    expect(await world.reconcile()).toEqual({ result: 'done' });
    expect(world.kube.volumes.get(volumeName)).toBe(volume);
    expect(world.state).toEqual(everything);
  });
});

describe('an answer that rules the volume out', () => {
  test.each<ApiErrorReason>(['Invalid', 'Forbidden', 'Unauthorized', 'NotFound', 'Refused'])(
    '%s takes the directory back',
    async (reason) => {
      const world = refusing(new World(), reason);
      await expect(world.reconcile()).rejects.toMatchObject({ reason });
      expect(world.state).toEqual(nothing);
    },
  );
});

test('a conflict when there was nothing to conflict with takes the directory back, and the user is told', async () => {
  const world = refusing(new World(), 'Conflict');
  await expect(world.reconcile()).rejects.toMatchObject({ name: 'ActError', reason: 'CreationConflict' });
  expect(world.state).toEqual(nothing);
});

describe('an answer that leaves open whether there is a volume', () => {
  test.each<ApiErrorReason>(['Unknown', 'TooManyRequests', 'Gone'])('%s keeps directory and record', async (reason) => {
    const world = refusing(new World(), reason);
    await expect(world.reconcile()).rejects.toMatchObject({ reason });
    expect(world.state).toEqual(directoryOnly);
  });

  test('no answer although the volume was made: the next turn finds it and makes no second one', async () => {
    const world = new World();
    const create = world.kube.createVolume.bind(world.kube);
    let posts = 0;
    world.kube.createVolume = async (volume) => {
      posts += 1;
      await create(volume);
      throw new ApiError('Unknown', 'socket hang up');
    };
    await expect(world.reconcile()).rejects.toThrow('socket hang up');
    expect(await world.reconcile()).toEqual({ result: 'done' });
    expect({ ...world.state, posts }).toEqual({ ...everything, posts: 1 });
  });

  describe('and then the claim goes', () => {
    /** When an API server must have given up. */
    const longestRequestMs = 60_000;

    const forsaken = async (reason: ApiErrorReason): Promise<World> => {
      vi.useFakeTimers();
      const world = refusing(new World(), reason);
      await expect(world.reconcile()).rejects.toMatchObject({ reason });
      world.kube.claims.clear();
      return world;
    };
    afterEach(() => {
      vi.useRealTimers();
    });

    test('without answer, nothing is taken back before the API server must have given up', async () => {
      const world = await forsaken('Unknown');
      expect(await world.reconcile()).toEqual({ result: 'waiting', afterMs: longestRequestMs });
      vi.advanceTimersByTime(longestRequestMs - 1);
      expect(await world.reconcile()).toEqual({ result: 'waiting', afterMs: 1 });
      expect(world.state).toEqual(directoryOnly);
      vi.advanceTimersByTime(1);
      expect(await world.reconcile()).toEqual({ result: 'waiting' });
      expect(world.state).toEqual(nothing);
    });

    test('a volume that comes in this time finds its directory', async () => {
      const world = await forsaken('Unknown');
      await world.reconcile();
      world.kube.put(objectOf(releasedVolume({ phase: 'Pending' })));
      vi.advanceTimersByTime(longestRequestMs);
      expect(await world.reconcile()).toEqual({ result: 'done' });
      expect(world.state).toEqual(everything);
    });

    test('an answer that rules out a second try does not rule out the first', async () => {
      const world = refusing(new World(), 'Unknown');
      await expect(world.reconcile()).rejects.toThrow();
      await expect(refusing(world, 'Forbidden').reconcile()).rejects.toMatchObject({ reason: 'Forbidden' });
      expect(world.state).toEqual(directoryOnly);
    });

    test('each try that is not answered begins the time anew', async () => {
      vi.useFakeTimers();
      const world = refusing(new World(), 'Unknown');
      await expect(world.reconcile()).rejects.toThrow();
      vi.advanceTimersByTime(longestRequestMs - 1);
      await expect(world.reconcile()).rejects.toThrow();
      world.kube.claims.clear();
      expect(await world.reconcile()).toEqual({ result: 'waiting', afterMs: longestRequestMs });
    });

    test('a restart need not wait: the calls of a process end with it', async () => {
      const world = await forsaken('Unknown');
      world.doubts = new Doubts();
      await world.reconcile();
      expect(world.state).toEqual(nothing);
    });

    test.each<ApiErrorReason>(['TooManyRequests', 'Gone'])(
      '%s was an answer: what was begun is taken back at once',
      async (reason) => {
        const world = await forsaken(reason);
        expect(await world.reconcile()).toEqual({ result: 'waiting' });
        expect(world.state).toEqual(nothing);
      },
    );
  });

  test('a defect is not taken for an answer', async () => {
    const world = new World();
    world.kube.createVolume = () => Promise.reject(new TypeError('defect'));
    await expect(world.reconcile()).rejects.toThrow('defect');
    expect(world.state).toEqual(directoryOnly);
  });
});

describe('a volume of that name that was there first', () => {
  const existing = (changes: Parameters<typeof releasedVolume>[0]): World => {
    const world = new World();
    world.kube.put(objectOf(releasedVolume({ phase: 'Pending', ...changes })));
    return world;
  };

  test('ours is as good as a new one', async () => {
    const world = existing({});
    expect(await world.reconcile()).toEqual({ result: 'done' });
    expect(world.state).toEqual(everything);
  });

  test('ours whose disk was replaced since is not given an empty directory', async () => {
    const world = existing({ baseDirectoryId: 'base-2' });
    await expect(world.reconcile()).rejects.toMatchObject({
      reason: 'AnotherBaseDirectory',
      message: expect.stringMatching(/id base-2, but .* id base-1: mount the disk that was there, or delete the claim/),
    });
    expect(world.state).toEqual({ ...nothing, volumes: [volumeName] });
  });

  test("another node's ends ours, which is no success of ours", async () => {
    const world = existing({ identity: 'node-b', hostname: 'node-b' });
    expect(await world.reconcile()).toEqual({ result: 'waiting' });
    expect(world.state).toEqual({ ...nothing, volumes: [volumeName] });
  });

  test.each([
    ['ours that another claim has now', { claim: { ...reference, uid: 'another' } }],
    ['ours that no claim has', { claim: undefined }],
    ['one that does not say who made it', { identity: undefined }],
  ])('%s keeps the directory, which may be its own, and is tried again', async (_, changes) => {
    const world = existing(changes);
    for (const turn of ['first', 'second']) {
      const failure = { reason: 'VolumeNameTaken', message: expect.stringContaining('delete that volume') };
      await expect(world.reconcile(), turn).rejects.toMatchObject(failure);
      expect(world.state).toEqual(everything);
    }
  });

  test('ours that is being deleted is left to its end, and the user is told', async () => {
    const world = existing({ deleting: true });
    for (const turn of ['first', 'second']) {
      expect(await world.reconcile(), turn).toMatchObject({ result: 'refused', reason: 'VolumeBeingDeleted' });
      expect(world.state).toEqual(everything);
    }
    world.kube.volumes.clear();
    expect(await world.reconcile()).toEqual({ result: 'done' });
    expect(world.state).toEqual(everything);
  });

  test("another node's takes nothing with it but our own directory, also when the claim is gone", async () => {
    const world = existing({ identity: 'node-b', hostname: 'node-b' });
    world.storage.put(volumeRecord());
    world.kube.claims.clear();
    expect(await world.reconcile()).toEqual({ result: 'waiting' });
    expect(world.state).toEqual({ ...nothing, volumes: [volumeName] });
  });

  test('one that lies elsewhere is left alone, ours is taken back, and the user is told', async () => {
    const world = existing({ claim: undefined, identity: undefined, path: '/somewhere' });
    await expect(world.reconcile()).rejects.toMatchObject({ name: 'ActError', reason: 'VolumeNameTaken' });
    expect(world.state).toEqual({ ...nothing, volumes: [volumeName] });
    world.kube.volumes.clear();
    await world.reconcile();
    expect(world.state).toEqual(everything);
  });

  test('one that vanishes meanwhile is a reason to try again', async () => {
    const world = refusing(new World(), 'AlreadyExists');
    await expect(world.reconcile()).rejects.toMatchObject({ reason: 'VolumeVanished' });
    expect(world.state).toEqual(directoryOnly);
  });

  test('one that cannot be read leaves everything as it is', async () => {
    const world = refusing(new World(), 'AlreadyExists');
    world.kube.readVolume = () => Promise.reject(new ApiError('Unknown', 'no answer'));
    await expect(world.reconcile()).rejects.toThrow('no answer');
    expect(world.state).toEqual(directoryOnly);
  });
});

describe('taking back what was begun', () => {
  test('removes an empty directory and its record', async () => {
    const world = new World();
    world.storage.put(volumeRecord());
    world.kube.claims.clear();
    await world.reconcile();
    expect(world.state).toEqual(nothing);
  });

  const log = '00000000000000000000.log';
  const forsaken = (entries: string[]): World => {
    const world = new World();
    world.storage.put(volumeRecord(), entries);
    world.kube.claims.clear();
    return world;
  };

  test('keeps a directory that is not empty for the grace period, then moves it to the trash', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const world = forsaken([log]);
    expect(await world.reconcile()).toEqual({ result: 'waiting', afterMs: 60_000 });
    vi.advanceTimersByTime(59_999);
    expect(await world.reconcile()).toEqual({ result: 'waiting', afterMs: 1 });
    expect(world.state).toEqual(directoryOnly);
    expect(world.storage.base.get(volumeName)?.entries).toEqual([log]);
    vi.advanceTimersByTime(1);
    expect(await world.reconcile()).toEqual({ result: 'done' });
    expect(world.storage.trash.get(volumeName)?.entries).toEqual([log]);
    expect(world.erased).toEqual([volumeName]);
    vi.useRealTimers();
  });

  test('leaves a directory that is not empty although another node has made the volume', async () => {
    const world = new World();
    world.storage.put(volumeRecord(), [log]);
    world.kube.put(objectOf(releasedVolume({ identity: 'node-b', hostname: 'node-b', phase: 'Pending' })));
    expect(await world.reconcile()).toMatchObject({ result: 'refused', reason: 'DirectoryNotEmpty' });
    expect(world.state).toEqual(everything);
  });

  test('is tried again when the disk does not let us', async () => {
    const world = forsaken([]);
    world.storage.undoDirectory = () => Promise.reject(new StorageError('ReadOnly', 'read-only'));
    await expect(world.reconcile()).rejects.toMatchObject({ reason: 'ReadOnly' });
  });

  test('leaves the trash alone, which the volume flow has erased', async () => {
    const world = forsaken([log]);
    await world.storage.trashDirectory(volumeName);
    expect(await world.reconcile()).toEqual({ result: 'waiting' });
    expect([...world.storage.trash.keys()]).toEqual([volumeName]);
    expect(world.state.records).toEqual([volumeName]);
  });
});

test.each([
  [{ action: 'ignore', reason: 'NotOurs' }, { result: 'done' }],
  [{ action: 'wait', reason: 'NoNodeSelected' }, { result: 'waiting' }],
  [
    { action: 'wait', reason: 'CreationUnanswered', afterMs: 10 },
    { result: 'waiting', afterMs: 10 },
  ],
  [{ action: 'confirm', reason: 'ProvisionedEarlier' }, { result: 'done' }],
  [
    { action: 'refuse', reason: 'Selector', message: 'no' },
    { result: 'refused', reason: 'Selector', message: 'no' },
  ],
] as const)('$action touches nothing', async (decision, outcome) => {
  const world = new World();
  expect(await actOnClaim(decision, claimView(), world)).toEqual(outcome);
  expect(world.state).toEqual(nothing);
});

describe('a crash at any step', () => {
  const steps = [0, 1].flatMap((step) => (['before', 'after'] as const).map((side) => ({ step, side })));

  const crash = async (world: World, plan: CrashPlan): Promise<void> => {
    const kube = plan.over(world.kube, 'createVolume');
    const storage = plan.over(world.storage, 'makeDirectory', 'undoDirectory');
    await expect(world.reconcile({ kube, storage })).rejects.toBeInstanceOf(Crash);
    for (const volume of world.kube.volumes.keys()) expect(world.state.directories).toContain(volume);
  };

  test.each(steps)('$side step $step: a restart finishes it', async ({ step, side }) => {
    const world = new World();
    await crash(world, new CrashPlan(step, side));
    await world.reconcile();
    expect(world.state).toEqual(everything);
  });

  test.each(steps)(
    '$side step $step: when the claim is gone meanwhile, a restart undoes it',
    async ({ step, side }) => {
      const world = new World();
      await crash(world, new CrashPlan(step, side));
      world.kube.claims.clear();
      await world.reconcile();
      const { volumes, directories } = world.state;
      expect(directories).toEqual(volumes); // what has a volume by now, the volume flow deletes
      if (volumes.length === 0) expect(world.state).toEqual(nothing);
    },
  );

  test('these are all the steps there are', async () => {
    const world = new World();
    const plan = new CrashPlan(Number.POSITIVE_INFINITY, 'before');
    const kube = plan.over(world.kube, 'createVolume');
    await world.reconcile({ kube, storage: plan.over(world.storage, 'makeDirectory', 'undoDirectory') });
    expect(plan.calls).toBe(2);
  });
});
