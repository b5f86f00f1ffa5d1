import { describe, expect, test, vi } from 'vitest';
import { ApiError, type ApiErrorReason } from '../../../src/kube/calls/kube-api.ts';
import {
  baseDirectory,
  nodeName,
  objectOf,
  reference,
  releasedVolume,
  volumeName,
  volumeRecord,
} from '../../support/build-views.ts';
import { listAnew } from '../../support/list-anew.ts';
import { claimObject, everything, fastClass, gated, nothing, pass, released, unusable, world } from './world.ts';

const otherVolume = 'pvc-bbbb-2';

/** A second claim. */
function putOtherClaim(): void {
  const { metadata, spec = {} } = claimObject();
  const other = { metadata: { ...metadata, name: 'more', uid: 'bbbb-2' }, spec };
  world.kube.claims.set('default/more', other);
  world.controller.claims.present(other);
}

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
      'info: trash erased',
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
    world.controller.surroundingsChanged();
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
    world.putClaim(claimObject({ annotations: { 'volume.kubernetes.io/selected-node': nodeName } }));
    await pass(999);
    expect(world.events).toEqual([]);
    await pass(10_000);
    expect(world.events.map(({ reason }) => reason)).toEqual(['Provisioning']);
    making.open();
    await pass();
    expect(world.state).toEqual(everything);
  });

  test('that takes ten seconds is told although no node was selected', async () => {
    gated(world.storage, 'makeDirectory');
    world.start();
    world.putClaim();
    await pass(9_999);
    expect(world.events).toEqual([]);
    await pass(1);
    expect(world.events.map(({ reason }) => reason)).toEqual(['Provisioning']);
  });
});

describe('a claim that another node provisions', () => {
  const bound = claimObject({ annotations: { 'pv.kubernetes.io/bind-completed': 'yes' }, spec: { volumeName } });
  const theirs = objectOf(
    releasedVolume({ phase: 'Bound', identity: 'node-b', nodeLabel: 'node-b', hostname: 'node-b' }),
  );
  const theirsAlone = { ...nothing, volumes: [volumeName] };
  const win = () => {
    world.kube.put(theirs);
    world.putClaim(bound);
  };
  const winUnseen = () => {
    world.kube.watcher = undefined;
    world.kube.put(theirs);
  };

  test('before we could register ours is told by that node alone', async () => {
    world.start();
    world.kube.put(theirs);
    world.putClaim();
    await pass(60_000);
    expect(world.state).toEqual(theirsAlone);
    expect(world.messages).toEqual(['debug: claim left as it is (ProvisionedByAnotherNode)']);
    expect(world.events).toEqual([]);
  });

  test('while we take long is told by that node alone', async () => {
    const making = gated(world.storage, 'makeDirectory');
    world.start();
    world.putClaim();
    await pass(5_000);
    win();
    await pass(60_000);
    making.open();
    await pass();
    expect(world.state).toEqual(theirsAlone);
    expect(world.events).toEqual([]);
  });

  test('and whose user lets it go while we take long gets no second volume', async () => {
    const making = gated(world.storage, 'makeDirectory');
    const creation = vi.spyOn(world.kube, 'createVolume');
    world.start();
    world.putClaim();
    await pass();
    win();
    world.kube.claims.clear();
    world.kube.remove(theirs);
    making.open();
    await pass();
    expect(creation).not.toHaveBeenCalled();
    expect(world.state).toEqual(nothing);
    expect(world.events).toEqual([]);
  });

  test('before its volume could be seen here is told by that node alone, and what was begun is taken back', async () => {
    world.start();
    winUnseen();
    world.putClaim();
    await pass(100);
    expect(world.state).toEqual(theirsAlone);
    expect(world.messages).toContain('info: claim not provisioned (ApiServerAlreadyExists)');
    expect(world.events).toEqual([]);
  });

  test('and whose user lets it go between the refusal of ours and our look is not a failure', async () => {
    world.start();
    winUnseen();
    world.putClaim();
    await pass();
    expect(world.state).toEqual(everything);
    world.kube.remove(theirs);
    world.removeClaim();
    await pass(100);
    expect(world.state).toEqual(nothing);
    expect(world.events).toEqual([]);
  });

  test('before its turn comes costs no read of it', async () => {
    const read = vi.spyOn(world.kube, 'readClaim');
    world.putClaim();
    win();
    world.start();
    await pass();
    expect(read).not.toHaveBeenCalled();
    expect(world.state).toEqual(theirsAlone);
    expect(world.events).toEqual([]);
  });
});

describe('an API server that does not create the volume', () => {
  /** Has the claim tried for so long, while it is annotated ten times a second and the base directory comes and goes. */
  const triesWithin = async (ms: number, error: ApiError): Promise<number> => {
    const creation = vi.spyOn(world.kube, 'createVolume').mockRejectedValue(error);
    world.start();
    for (let passedMs = 0; passedMs < ms; passedMs += 100) {
      world.putClaim(claimObject({ annotations: { 'example.com/note': `${passedMs}` } }));
      world.controller.surroundingsChanged();
      await pass(100);
    }
    return creation.mock.calls.length;
  };

  test('is not asked again before it wants to be, whatever changes', async () => {
    const error = new ApiError('TooManyRequests', 'slow down', { status: 429, retryAfterMs: 7_000 });
    expect(await triesWithin(6_900, error)).toBe(1);
  });

  test.each<ApiErrorReason>(['Unknown', 'TooManyRequests', 'Forbidden'])(
    'and answers %s is asked with growing delays, whatever changes',
    async (reason) => {
      expect(await triesWithin(6_000, new ApiError(reason, 'no'))).toBe(3); // at 0, 1 and 3 s
    },
  );

  test('for a conflict is asked again soon, and then with growing delays', async () => {
    expect(await triesWithin(6_000, new ApiError('Conflict', 'no'))).toBe(4); // at 0, 0.1, 1.1 and 3.1 s
    expect(world.events.at(-1)?.message).toContain('CreationConflict');
  });

  test('is asked at once for a claim that is another one for us now', async () => {
    const waits = { ...fastClass, volumeBindingMode: 'WaitForFirstConsumer' };
    world.kube.classes.set('fast', waits);
    const creation = vi.spyOn(world.kube, 'createVolume').mockRejectedValueOnce(new ApiError('Forbidden', 'no'));
    world.start({ withClass: false });
    world.putClaim(claimObject({ annotations: { 'volume.kubernetes.io/selected-node': nodeName } }));
    await pass();
    expect(creation).toHaveBeenCalledTimes(1);
    world.putClaim(claimObject({ annotations: { 'volume.kubernetes.io/selected-node': 'node-b' } }));
    await pass();
    expect(world.state).toEqual(nothing);
  });
});

describe('of one name, one worker at a time works on claim and volume', () => {
  test('the volume waits for its claim', async () => {
    const making = gated(world.storage, 'makeDirectory');
    const read = vi.spyOn(world.kube, 'readVolume');
    world.start();
    world.putClaim();
    await pass();
    world.controller.volumes.gone(released());
    await pass();
    expect([making.begun, read.mock.calls.length]).toEqual([1, 0]);
    making.open();
    await pass();
    expect(read).toHaveBeenCalled();
    expect(world.state).toEqual(everything);
  });

  test('the claim waits for its volume, and others do not wait for them', async () => {
    world.storage.put(volumeRecord());
    world.kube.put(released());
    const trashing = gated(world.storage, 'trashDirectory');
    world.start();
    await pass();
    expect(trashing.begun).toBe(1);
    world.putClaim();
    putOtherClaim();
    await pass();
    expect(world.state).toEqual({
      volumes: [volumeName, otherVolume],
      base: [volumeName, otherVolume],
      trash: [],
      records: [volumeName, otherVolume],
    });
    trashing.open();
    await pass();
    expect(world.storage.records.get(volumeName)?.createdAt).toBe(new Date().toISOString());
    expect(world.state).toMatchObject({ base: [otherVolume, volumeName], trash: [] });
  });
});

describe('that a claim has its volume', () => {
  const provisionedLines = () => world.messages.filter((line) => line.includes('volume provisioned'));

  test('is told once although what it may have waited for changes meanwhile', async () => {
    const creation = gated(world.kube, 'createVolume');
    world.putClaim();
    world.start();
    await pass();
    expect(creation.begun).toBe(1);
    world.controller.surroundingsChanged();
    world.putClaim(); // the echo of somebody's annotation
    creation.open();
    await pass();
    expect(world.events.map(({ reason }) => reason)).toEqual(['ProvisioningSucceeded']);
    expect(provisionedLines()).toHaveLength(1);
  });

  test('is told once although the claim changes before it is bound, and when it is listed anew', async () => {
    world.start();
    world.putClaim();
    await pass();
    world.putClaim(claimObject({ annotations: { 'example.com/note': 'x' } }));
    await pass();
    listAnew(world.controller.claims, ...world.kube.claims.values());
    await pass();
    expect(provisionedLines()).toHaveLength(1);
  });

  test('is told again to a claim that was bound and waits again', async () => {
    world.start();
    world.putClaim();
    await pass();
    world.putClaim(claimObject({ annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }));
    world.putClaim();
    await pass();
    expect(provisionedLines()).toHaveLength(2);
  });

  test('is told by the next try when the answer to its creation was lost', async () => {
    const create = world.kube.createVolume.bind(world.kube);
    world.kube.createVolume = async (volume) => {
      await create(volume);
      throw new ApiError('Unknown', 'no answer');
    };
    world.start();
    world.putClaim();
    await pass(1_000);
    expect(provisionedLines()).toEqual(['info: volume provisioned (ProvisionedEarlier)']);
  });
});

describe('what claims may wait for', () => {
  test('has no claim looked at again that is done', async () => {
    world.start();
    world.putClaim();
    await pass();
    const read = vi.spyOn(world.kube, 'readVolume');
    world.controller.surroundingsChanged();
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

  test('has a claim tried again at once that failed for the base directory', async () => {
    world.storage.baseDirectory = unusable;
    world.start();
    world.putClaim();
    await pass();
    expect(world.state).toEqual(nothing);
    world.storage.baseDirectory = baseDirectory;
    world.controller.surroundingsChanged();
    await pass();
    expect(world.state).toEqual(everything);
  });

  test('has a claim looked at again that changed while it was being settled', async () => {
    world.start();
    const know = world.storage.hasRecord;
    world.storage.hasRecord = (volume) => {
      world.storage.hasRecord = know;
      world.putClaim(); // somebody gives it a class while it is looked at
      return know.call(world.storage, volume);
    };
    world.putClaim(claimObject({ spec: { storageClassName: '' } }));
    await pass();
    expect(world.messages[0]).toBe('debug: claim left as it is (NoClass)');
    expect(world.state).toEqual(everything);
  });
});

test('an API server that can be asked for little is asked for no more, and every claim has its turn', async () => {
  world.concurrencyLimit = 1;
  const creation = gated(world.kube, 'createVolume');
  world.start();
  world.putClaim();
  putOtherClaim();
  await pass();
  expect(creation.begun).toBe(1);
  creation.open();
  await pass();
  expect(creation.begun).toBe(2);
  expect(world.state.volumes).toEqual([volumeName, otherVolume]);
});

describe('a claim and volumes that are let go', () => {
  test('wait in lanes of their own, so that many of these do not hold it up', async () => {
    world.concurrencyLimit = 1;
    for (const name of ['pvc-1', 'pvc-2', 'pvc-3']) {
      const claim = { ...reference, name, uid: name };
      world.storage.put(volumeRecord({ volume: name, claim }));
      world.kube.put(released({ name, claim }));
    }
    const deletion = gated(world.kube, 'deleteVolume');
    const making = gated(world.storage, 'makeDirectory');
    world.start();
    await pass();
    world.putClaim();
    expect(world.controller.depths).toEqual({ claims: 1, volumes: 2 });
    deletion.open();
    await pass();
    expect([deletion.begun, making.begun]).toEqual([2, 1]);
  });
});

describe('a claim that asks for more than its volume has', () => {
  const asking = (name: string) => {
    const annotations = { 'pv.kubernetes.io/bind-completed': 'yes' };
    const requests = { storage: '2Gi' };
    const claim = claimObject({ annotations, spec: { volumeName: name, resources: { requests } } });
    return { ...claim, status: { capacity: { storage: '1Gi' } } };
  };

  test('has it, and is told so, by the daemon that has its volume', async () => {
    world.storage.put(volumeRecord());
    world.kube.put(released({ phase: 'Bound' }));
    world.start();
    world.putClaim(asking(volumeName));
    await pass();
    expect(world.events).toMatchObject([
      { regarding: { kind: 'PersistentVolumeClaim' }, reason: 'VolumeResizeSuccessful' },
    ]);
    expect(world.kube.claims.get('default/data')?.status?.capacity).toEqual({ storage: '2Gi' });
  });

  test('costs the other daemons nothing', async () => {
    const read = vi.spyOn(world.kube, 'readVolume');
    world.start();
    world.putClaim(asking('pvc-of-another-node'));
    await pass();
    expect(read).not.toHaveBeenCalled();
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
    world.controller.surroundingsChanged();
    await pass(60_000);
    expect(stopped).toBe(false);
    making.open();
    await stopping;
    expect(world.state).toMatchObject({ volumes: [volumeName], base: ['pvc-bbbb-2', volumeName] });
  });
});
