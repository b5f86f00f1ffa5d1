import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Controller } from '../../src/controller.ts';
import type { EventNote } from '../../src/kube/event-object.ts';
import { ApiError } from '../../src/kube/kube-api.ts';
import type {
  PersistentVolumeClaimObject,
  PersistentVolumeObject,
  StorageClassObject,
} from '../../src/model/kubernetes.ts';
import { finalizer } from '../../src/model/names.ts';
import { KeyedLock } from '../../src/queue/keyed-lock.ts';
import { Metrics } from '../../src/record/metrics.ts';
import { Recorder } from '../../src/record/record.ts';
import { type Erasure, StorageError } from '../../src/storage/volume-storage.ts';
import {
  baseDirectory,
  nodeName,
  objectOf,
  provisionerNames,
  reference,
  releasedVolume,
  retention,
  volumeName,
  volumeRecord,
} from '../support/build-views.ts';
import { capturedLog } from '../support/captured-log.ts';
import { FakeKube } from '../support/fake-kube.ts';
import { FakeStorage } from '../support/fake-storage.ts';
import { listAnew } from '../support/list-anew.ts';
import { atRest } from '../support/metric-sources.ts';

const abandonedGraceMs = 60_000;
const unusable = new StorageError('BaseDirectoryMissing', 'mount it');
const nothing = { volumes: [], base: [], trash: [], records: [] };
const everything = { volumes: [volumeName], base: [volumeName], trash: [], records: [volumeName] };

/** A volume that nothing but our finalizer would hold. */
function released(changes: Parameters<typeof releasedVolume>[0] = {}): PersistentVolumeObject {
  const object = objectOf(releasedVolume(changes));
  return { ...object, metadata: { ...object.metadata, finalizers: [finalizer] } };
}

const fastClass: StorageClassObject = { metadata: { name: 'fast' }, provisioner: 'hostpath-provisioner' };

const claimObject = (changes: { annotations?: object; spec?: object } = {}): PersistentVolumeClaimObject => ({
  metadata: {
    ...reference,
    annotations: { 'volume.kubernetes.io/storage-provisioner': 'hostpath-provisioner', ...changes.annotations },
  },
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'fast',
    resources: { requests: { storage: '1Gi' } },
    ...changes.spec,
  },
});

/** A controller at work, with a cluster whose every change it is told of, and a base directory. */
class World {
  readonly kube = new FakeKube();
  readonly storage = new FakeStorage();
  readonly events: EventNote[] = [];
  readonly controller: Controller;
  readonly lines: ReturnType<typeof capturedLog>['lines'];
  readonly metrics = new Metrics(atRest);

  constructor() {
    const { kube, storage } = this;
    const { log, lines } = capturedLog();
    this.lines = lines;
    const recorder = new Recorder(log, this.metrics, { emit: (event) => void this.events.push(event) });
    const api = Object.assign(kube, { createEvent: neverCalled, repeatEvent: neverCalled });
    this.controller = new Controller({
      kube: api,
      storage,
      recorder,
      metrics: this.metrics,
      log,
      nodeName,
      provisionerNames,
      abandonedGraceMs,
    });
    kube.watcher = this.controller.volumes;
  }

  /** Starts as the daemon does: with what exists listed. */
  start({ withClass = true }: { withClass?: boolean } = {}): void {
    const { controller, kube } = this;
    if (withClass) kube.classes.set('fast', fastClass);
    listAnew(controller.classes, ...kube.classes.values());
    listAnew(controller.volumes, ...kube.volumes.values());
    listAnew(controller.claims, ...kube.claims.values());
    controller.start();
  }

  /** The user makes the claim, or changes it. */
  putClaim(claim: PersistentVolumeClaimObject = claimObject()): void {
    this.kube.claims.set('default/data', claim);
    this.controller.claims.present(claim);
  }

  removeClaim(): void {
    const claim = this.kube.claims.get('default/data');
    this.kube.claims.clear();
    if (claim !== undefined) this.controller.claims.gone(claim);
  }

  putClass(): void {
    this.kube.classes.set('fast', fastClass);
    this.controller.classes.present(fastClass);
  }

  /** What Kubernetes does when a claim and its volume have found each other, or lost. */
  setPhase(phase: 'Bound' | 'Released'): void {
    const volume = this.kube.volumes.get(volumeName);
    this.kube.put({ ...volume, status: { phase } });
  }

  get state() {
    return {
      volumes: [...this.kube.volumes.keys()],
      base: [...this.storage.base.keys()],
      trash: [...this.storage.trash.keys()],
      records: [...this.storage.records.keys()],
    };
  }

  get messages(): string[] {
    return this.lines.map(({ level, msg, reason }) => `${level}: ${msg}${reason === undefined ? '' : ` (${reason})`}`);
  }
}

const neverCalled = (): never => {
  throw new Error('Events go by the recorder');
};

/** Lets everything happen that is due within this time. */
const pass = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

const gates: { open: () => void }[] = [];

/** Has a call wait at its beginning until the gate is opened, and says how often it was begun. */
function gated<Target extends object, Name extends keyof Target & string>(target: Target, name: Name) {
  const original = target[name] as (...args: unknown[]) => unknown;
  const opened = Promise.withResolvers<void>();
  const gate = { begun: 0, open: () => opened.resolve() };
  gates.push(gate);
  target[name] = (async (...args: unknown[]) => {
    gate.begun += 1;
    await opened.promise;
    return original.apply(target, args);
  }) as Target[Name];
  return gate;
}

let world: World;
beforeEach(() => {
  vi.useFakeTimers();
  world = new World();
});
afterEach(async () => {
  for (const gate of gates.splice(0)) gate.open();
  await world.controller.stop();
  vi.useRealTimers();
});

describe('the life of a claim', () => {
  test('from its coming to the end of its volume, and nothing is left', async () => {
    world.start();
    world.putClaim();
    await pass();
    expect(world.state).toEqual(everything);
    world.setPhase('Bound');
    world.putClaim(claimObject({ annotations: { 'pv.kubernetes.io/bind-completed': 'yes' }, spec: { volumeName } }));
    world.removeClaim();
    world.setPhase('Released');
    await pass();
    expect(world.state).toEqual(nothing);
    expect(world.events.map(({ reason }) => reason)).toEqual(['ProvisioningSucceeded']);
    expect(world.messages.filter((line) => !line.startsWith('debug'))).toEqual([
      'info: volume provisioned (Pending)',
      'info: volume deleted (Released)',
    ]);
  });

  test('with Retain, the directory is noted at once and stays', async () => {
    world.kube.classes.set('fast', { ...fastClass, reclaimPolicy: 'Retain' });
    world.start({ withClass: false });
    world.putClaim();
    await pass();
    expect(world.storage.records.get(volumeName)?.reclaimPolicy).toBe('Retain');
    expect(world.kube.volumes.get(volumeName)?.metadata?.finalizers).toEqual([]);
    world.removeClaim();
    world.setPhase('Released');
    const object = world.kube.volumes.get(volumeName);
    if (object !== undefined) world.kube.remove(object);
    world.controller.lookAgain();
    await pass(60_000);
    expect(world.state).toEqual({ ...everything, volumes: [] });
  });

  test('with a policy that is changed in the moment of the deletion, keeps the directory, and nothing has failed', async () => {
    world.storage.put(volumeRecord(), ['00000000000000000000.log']);
    world.kube.put(released());
    const deletion = gated(world.kube, 'deleteVolume');
    world.start();
    await pass();
    expect(deletion.begun).toBe(1);
    world.kube.put(released({ reclaimPolicy: 'Retain' }));
    deletion.open();
    await pass(1_000);
    expect(world.state).toEqual(everything);
    expect(world.storage.records.get(volumeName)?.reclaimPolicy).toBe('Retain');
    expect(world.events).toEqual([]);
    expect(world.messages.join('\n')).not.toMatch(/warn|error|volume deleted/);
  });

  test('that takes longer than a second is told, once', async () => {
    const making = gated(world.storage, 'makeDirectory');
    world.start();
    world.putClaim();
    await pass(999);
    expect(world.events).toEqual([]);
    await pass(10_000);
    expect(world.events.map(({ reason }) => reason)).toEqual(['Provisioning']);
    making.open();
    await pass();
    expect(world.state).toEqual(everything);
  });
});

describe('what a crash or a lost change left behind', () => {
  const boundElsewhere = claimObject({
    annotations: { 'pv.kubernetes.io/bind-completed': 'yes' },
    spec: { volumeName: 'nfs-1' },
  });

  test('of a claim that is bound to another volume by now is taken back, once the disk can be used', async () => {
    world.storage.put(volumeRecord());
    world.kube.claims.set('default/data', boundElsewhere);
    world.storage.baseDirectory = unusable;
    world.start();
    await pass();
    expect(world.state).toEqual({ ...everything, volumes: [] });
    world.storage.baseDirectory = baseDirectory;
    world.controller.lookAgain();
    await pass();
    expect(world.state).toEqual(nothing);
  });

  test.each([
    ['of a claim that is bound to another volume is taken back', boundElsewhere],
    ['of a claim that is gone is taken back', undefined],
  ])('%s at the start', async (_, claim) => {
    world.storage.put(volumeRecord());
    if (claim !== undefined) world.kube.claims.set('default/data', claim);
    world.start();
    await pass();
    expect(world.state).toEqual(nothing);
    expect(world.events).toEqual([]);
  });

  test('of a claim that waits still becomes its volume', async () => {
    world.storage.put(volumeRecord());
    world.kube.claims.set('default/data', claimObject());
    world.start();
    await pass();
    expect(world.state).toEqual(everything);
  });

  test('with something in it goes to the trash after the grace period, with a warning before', async () => {
    world.storage.put(volumeRecord(), ['00000000000000000000.log']);
    world.start();
    await pass(abandonedGraceMs - 1);
    expect(world.state).toEqual({ ...everything, volumes: [] });
    await pass(1);
    expect(world.state).toEqual(nothing);
    expect(world.messages.filter((line) => line.startsWith('warn'))).toEqual([
      'warn: directory has neither claim nor volume (Abandoned)',
      'warn: directory has neither claim nor volume (Abandoned)',
    ]);
    expect(world.events).toEqual([]);
  });

  test('with something in it stays if its volume comes back within the grace period', async () => {
    world.storage.put(volumeRecord(), ['00000000000000000000.log']);
    world.start();
    await pass(abandonedGraceMs - 1);
    world.kube.put(released({ phase: 'Bound' }));
    await pass(abandonedGraceMs * 20);
    expect(world.state).toEqual(everything);
  });

  test('is found by the look every ten minutes, although no change told of it', async () => {
    world.start();
    await pass();
    world.storage.put(volumeRecord());
    await pass(10 * 60_000);
    expect(world.state).toEqual(nothing);
  });

  test('in the trash is erased', async () => {
    world.storage.put(volumeRecord(), ['00000000000000000000.log']);
    await world.storage.trashDirectory(volumeName);
    world.start();
    await pass();
    expect(world.state).toEqual(nothing);
  });

  test('in the trash is erased although the crash came after its record went', async () => {
    world.storage.put(volumeRecord(), ['00000000000000000000.log']);
    await world.storage.trashDirectory(volumeName);
    world.storage.records.clear();
    world.start();
    await pass();
    expect(world.state).toEqual(nothing);
  });

  test('by a claim that went while its creation was not answered is taken back a minute later', async () => {
    world.start();
    const create = world.kube.createVolume;
    world.kube.createVolume = () => Promise.reject(new ApiError('Unknown', 'no answer'));
    world.putClaim();
    await pass();
    world.kube.createVolume = create;
    world.removeClaim();
    await pass(59_999);
    expect(world.state).toEqual({ ...everything, volumes: [] });
    await pass(1);
    expect(world.state).toEqual(nothing);
  });
});

describe('claim and volume flow of one volume never run at once', () => {
  test('the volume is not looked at while its claim is worked on', async () => {
    const making = gated(world.storage, 'makeDirectory');
    const read = vi.spyOn(world.kube, 'readVolume');
    world.start();
    world.putClaim();
    await pass();
    expect(making.begun).toBe(1);
    world.controller.volumes.gone(released());
    await pass();
    expect(read).not.toHaveBeenCalled();
    making.open();
    await pass();
    expect(read).toHaveBeenCalled();
    expect(world.state).toEqual(everything);
  });

  test('the claim is not looked at while its volume is worked on', async () => {
    world.storage.put(volumeRecord());
    world.kube.put(released());
    const trashing = gated(world.storage, 'trashDirectory');
    world.start();
    await pass();
    expect(trashing.begun).toBe(1);
    const read = vi.spyOn(world.kube, 'readClaim');
    world.putClaim();
    await pass();
    expect(read).not.toHaveBeenCalled();
    trashing.open();
    await pass();
    expect(read).toHaveBeenCalledWith('default', 'data');
  });

  test('others do not wait for them', async () => {
    const making = gated(world.storage, 'makeDirectory');
    world.start();
    world.putClaim();
    await pass();
    world.storage.put(volumeRecord({ volume: 'pvc-bbbb-2', claim: { ...reference, name: 'b', uid: 'bbbb-2' } }));
    world.kube.put(released({ name: 'pvc-bbbb-2', claim: undefined }));
    await pass();
    expect(making.begun).toBe(1);
    expect(world.state).toEqual(nothing);
  });
});

describe('what claims may wait for', () => {
  test('has no claim looked at again that is done', async () => {
    world.start();
    world.putClaim();
    await pass();
    const read = vi.spyOn(world.kube, 'readClaim');
    world.controller.lookAgain();
    world.controller.node.present({ metadata: { labels: { 'kubernetes.io/hostname': nodeName, zone: 'b' } } });
    await pass();
    expect(read).not.toHaveBeenCalled();
  });

  test('has a claim looked at again that was refused', async () => {
    world.start({ withClass: false });
    world.putClaim();
    await pass();
    expect(world.events).toMatchObject([{ message: expect.stringContaining('ClassNotFound') }]);
    world.putClass();
    await pass();
    expect(world.state).toEqual(everything);
  });

  test('has a claim looked at again that changed while it was being settled', async () => {
    world.start({ withClass: false });
    const elsewhere = claimObject({ annotations: { 'volume.kubernetes.io/selected-node': 'node-b' } });
    const read = world.kube.readClaim;
    world.kube.readClaim = async () => {
      world.kube.readClaim = read;
      world.putClaim(); // the scheduler changes its mind right after the look
      return elsewhere;
    };
    world.putClaim();
    await pass();
    expect(world.events).toMatchObject([{ message: expect.stringContaining('ClassNotFound') }]);
    world.putClass();
    await pass();
    expect(world.state).toEqual(everything);
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

describe('a volume in use without its directory', () => {
  const bound = (changes: Parameters<typeof releasedVolume>[0] = {}) => released({ phase: 'Bound', ...changes });
  const lookAt = async (): Promise<void> => {
    world.controller.lookAtVolume(volumeName);
    await pass();
  };

  test('is told and counted until it has it again, and nothing is made or removed', async () => {
    world.kube.put(bound());
    world.storage.records.set(volumeName, volumeRecord());
    world.start();
    await lookAt();
    expect([...world.controller.lost.counts()]).toEqual([['DirectoryMissing', 1]]);
    expect(world.events.map(({ regarding, reason }) => [regarding.kind, reason])).toEqual([
      ['PersistentVolume', 'VolumeDirectoryMissing'],
      ['PersistentVolumeClaim', 'VolumeDirectoryMissing'],
    ]);
    expect(world.state).toEqual({ ...everything, base: [] });
    world.storage.put(volumeRecord());
    await lookAt();
    expect([...world.controller.lost.counts()]).toEqual([]);
    expect(world.events.at(-1)).toMatchObject({ type: 'Normal', reason: 'VolumeDirectoryFound' });
    expect(world.state).toEqual(everything);
  });

  test('is told again every 10 minutes, for Events do not last', async () => {
    world.kube.put(bound());
    world.start();
    await lookAt();
    await pass(10 * 60_000);
    expect(world.events).toHaveLength(4);
  });

  test('is still counted while the API server cannot be asked', async () => {
    world.kube.put(bound());
    world.start();
    await lookAt();
    vi.spyOn(world.kube, 'readVolume').mockRejectedValueOnce(new ApiError('Unknown', 'no answer'));
    await lookAt();
    expect([...world.controller.lost.counts()]).toEqual([['DirectoryMissing', 1]]);
  });

  test('is not counted any more when it is gone', async () => {
    world.kube.put(bound());
    world.start();
    await lookAt();
    world.kube.remove(bound());
    await pass();
    expect([...world.controller.lost.counts()]).toEqual([]);
    expect(world.messages.join()).not.toContain('again');
  });
});

describe('trash that is to be kept', () => {
  const hourMs = 60 * 60_000;

  const withKeptTrash = async (forMs: number): Promise<void> => {
    world.storage.put(volumeRecord({ retention: retention(forMs) }), ['data']);
    await world.storage.trashDirectory(volumeName);
  };

  test('is erased when its time is over, and not before', async () => {
    await withKeptTrash(hourMs);
    world.start();
    await pass(hourMs - 1);
    expect(world.state).toMatchObject({ trash: [volumeName] });
    expect(world.messages).toContain('debug: trash kept for its retention');
    await pass(1);
    expect(world.state).toEqual(nothing);
  });

  test('for longer than a timer can wait is kept all the same', async () => {
    const yearMs = 365 * 24 * hourMs;
    await withKeptTrash(yearMs);
    const erasing = vi.spyOn(world.storage, 'eraseTrash');
    world.start();
    await pass(1_000);
    expect(erasing).toHaveBeenCalledTimes(1);
    await pass(yearMs);
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
    world.controller.lookAgain();
    await pass(2 * hourMs);
    expect(world.state).toMatchObject({ base: [volumeName], trash: [], records: [volumeName] });
  });
});

describe('a stop', () => {
  test('finishes what is under way, and begins nothing more', async () => {
    const making = gated(world.storage, 'makeDirectory');
    world.start();
    world.putClaim();
    await pass();
    let stopped = false;
    const stopping = world.controller.stop().then(() => {
      stopped = true;
    });
    world.storage.put(volumeRecord({ volume: 'pvc-bbbb-2' }));
    world.controller.lookAgain();
    await pass(60_000);
    expect(stopped).toBe(false);
    making.open();
    await stopping;
    expect(world.state).toMatchObject({ volumes: [volumeName], base: ['pvc-bbbb-2', volumeName] });
  });
});
