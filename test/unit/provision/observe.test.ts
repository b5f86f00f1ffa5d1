import { describe, expect, test, vi } from 'vitest';
import { claimOf, type PendingClaim, pendingClaimOf } from '../../../src/model/claim.ts';
import { Abandonments } from '../../../src/provision/abandonments.ts';
import { Doubts } from '../../../src/provision/doubts.ts';
import { observeClaim } from '../../../src/provision/observe.ts';
import {
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
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeStorage } from '../../support/fake-storage.ts';
import { giveBackSources } from '../../support/give-back-sources.ts';

const claim = (uid: string) => ({
  metadata: { ...reference, uid },
  spec: { storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } },
});

function sources() {
  const kube = new FakeKube();
  kube.claims.set('default/data', claim(reference.uid));
  return {
    ...giveBackSources(kube),
    kube,
    storage: new FakeStorage(),
    seen: (): PendingClaim | undefined => pendingClaimOf({ metadata: reference }),
    classes: new Map([['fast', cls()]]),
    doubts: new Doubts(),
    abandonments: new Abandonments(),
    abandonedGraceMs: 60_000,
    ownCluster: () => ownCluster,
    node: () => node(),
    provisionerNames,
  };
}

describe('observeClaim', () => {
  test('sees the claim, its class and this node', async () => {
    expect(await observeClaim(reference, sources())).toMatchObject({
      reference,
      claim: { uid: reference.uid, className: 'fast' },
      class: { name: 'fast' },
      record: undefined,
      abandoned: undefined,
      inDoubtForMs: 0,
      volume: undefined,
      node: { name: 'node-a' },
    });
  });

  test('does not read a claim that was seen whole', async () => {
    const given = sources();
    const seen = claimOf(claim(reference.uid));
    given.kube.claims.clear();
    expect(await observeClaim(reference, { ...given, seen: () => seen })).toMatchObject({ claim: seen });
  });

  test('reads a claim once, until the watch shows it anew', async () => {
    const given = sources();
    let seen = pendingClaimOf({ metadata: reference });
    const observe = async () => (await observeClaim(reference, { ...given, seen: () => seen })).claim;
    const read = vi.spyOn(given.kube, 'readClaim');
    expect([await observe(), await observe()]).toMatchObject([{ className: 'fast' }, { className: 'fast' }]);
    expect(read).toHaveBeenCalledTimes(1);
    seen = pendingClaimOf({ metadata: reference });
    given.kube.claims.clear();
    expect([await observe(), await observe()]).toEqual([undefined, undefined]);
    expect(read).toHaveBeenCalledTimes(3);
  });

  test('does not read a claim that waits no more, unless something was begun for it', async () => {
    const given = { ...sources(), seen: () => undefined };
    expect(await observeClaim(reference, given)).toMatchObject({ pending: false, claim: undefined });
    given.storage.put(volumeRecord());
    expect(await observeClaim(reference, given)).toMatchObject({ pending: false, claim: { uid: reference.uid } });
  });

  test('does not take another claim of the same name for this one', async () => {
    const given = sources();
    given.kube.claims.set('default/data', claim('another'));
    expect(await observeClaim(reference, given)).toMatchObject({ claim: undefined, class: undefined });
  });

  test('looks for the volume once something was begun', async () => {
    const given = sources();
    given.kube.put(objectOf(releasedVolume()));
    expect(await observeClaim(reference, given)).toMatchObject({ record: undefined, volume: undefined });
    given.storage.put(volumeRecord());
    expect(await observeClaim(reference, given)).toMatchObject({
      record: { volume: volumeName },
      volume: { claim: reference },
    });
  });

  test('knows how long a volume may still come of a creation that was not answered', async () => {
    const given = sources();
    given.doubts.note('pvc-of-another');
    expect(await observeClaim(reference, given)).toMatchObject({ inDoubtForMs: 0 });
    given.doubts.note(volumeName);
    const { inDoubtForMs } = await observeClaim(reference, given);
    expect(inDoubtForMs).toBeGreaterThan(50_000);
  });

  test('looks for the volume after the doubt, so that none can come in between', async () => {
    const given = sources();
    given.storage.put(volumeRecord());
    let asked = false;
    const read = given.kube.readVolume.bind(given.kube);
    given.kube.readVolume = (name) => {
      expect(asked).toBe(true);
      return read(name);
    };
    const doubts = {
      remainingMs: () => {
        asked = true;
        return 0;
      },
    };
    expect(await observeClaim(reference, { ...given, doubts })).toMatchObject({ record: { volume: volumeName } });
    expect.assertions(2);
  });

  test('knows since when neither claim nor volume has been there, and forgets when either is back', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const given = sources();
    const living = given.kube.claims.get('default/data');
    given.storage.put(volumeRecord(), ['file']);
    expect(await observeClaim(reference, given)).toMatchObject({ abandoned: undefined });
    given.kube.claims.clear();
    expect(await observeClaim(reference, given)).toMatchObject({ abandoned: { forMs: 0, hasContent: true } });
    vi.advanceTimersByTime(500);
    expect(await observeClaim(reference, given)).toMatchObject({ abandoned: { forMs: 500 } });
    if (living !== undefined) given.kube.claims.set('default/data', living);
    expect(await observeClaim(reference, given)).toMatchObject({ abandoned: undefined });
    given.kube.claims.clear();
    given.kube.put(objectOf(releasedVolume()));
    expect(await observeClaim(reference, given)).toMatchObject({ abandoned: undefined });
    given.kube.volumes.clear();
    given.storage.put(volumeRecord());
    expect(await observeClaim(reference, given)).toMatchObject({ abandoned: { forMs: 0, hasContent: false } });
    vi.useRealTimers();
  });

  test('asks the API server for a class that the watch has not shown', async () => {
    const given = { ...sources(), classes: new Map() };
    expect(await observeClaim(reference, given)).toMatchObject({ class: undefined });
    given.kube.classes.set('fast', { metadata: { name: 'fast' }, provisioner: 'hostpath-provisioner' });
    expect(await observeClaim(reference, given)).toMatchObject({ class: { name: 'fast' } });
  });
});
