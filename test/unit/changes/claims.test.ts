import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Claims } from '../../../src/changes/claims.ts';
import type { Change } from '../../../src/flow/change.ts';
import type { PersistentVolumeClaimObject } from '../../../src/model/kubernetes.ts';
import { nodeName, provisionerNames } from '../../support/build-views.ts';
import { listAnew } from '../../support/list-anew.ts';

const asked = { 'volume.kubernetes.io/storage-provisioner': 'hostpath-provisioner' };
const bound = { ...asked, 'pv.kubernetes.io/bind-completed': 'yes' };
const onNode = (node: string) => ({ ...asked, 'volume.kubernetes.io/selected-node': node });

const claim = (
  uid: string,
  annotations: Record<string, string> = asked,
  resourceVersion = '1',
): PersistentVolumeClaimObject => ({
  metadata: { namespace: 'default', name: 'data', uid, resourceVersion, annotations },
  spec: { resources: { requests: { storage: '1Gi' } } },
});

let looks: string[];
let changes: Change[];
let grown: string[];
let told: string[];
let claims: Claims;
beforeEach(() => {
  looks = [];
  changes = [];
  grown = [];
  told = [];
  claims = new Claims({
    nodeName,
    provisionerNames,
    onChange: (volume, change) => {
      looks.push(volume);
      changes.push(change);
    },
    onGrown: (volume) => grown.push(volume),
    onBound: (volume) => told.push(volume),
  });
});

/** The volumes whose claims are kept. */
function kept(): string[] {
  looks.length = 0;
  claims.surroundingsChanged();
  return [...looks];
}

describe('which claims are looked at and kept', () => {
  test.each<[string, Record<string, string>, boolean]>([
    ['nobody is asked yet', {}, false],
    ['we are asked', asked, true],
    ['we are asked by our other name', { 'volume.kubernetes.io/storage-provisioner': 'example.com/hostpath' }, true],
    [
      'we are asked by the beta annotation',
      { 'volume.beta.kubernetes.io/storage-provisioner': 'hostpath-provisioner' },
      true,
    ],
    ['somebody else is asked', { 'volume.kubernetes.io/storage-provisioner': 'rancher.io/local-path' }, false],
    ['this node is selected', onNode(nodeName), true],
    ['another node is selected', onNode('node-b'), false],
    ['it is bound', bound, false],
  ])('when %s: %s', (_, annotations, ours) => {
    claims.present(claim('1', annotations));
    expect(looks).toEqual(ours ? ['pvc-1'] : []);
    expect(claims.has('pvc-1')).toBe(ours);
    expect(kept()).toEqual(ours ? ['pvc-1'] : []);
  });
});

describe('a claim that has its volume', () => {
  const withSizes = (requested: string, volumeName?: string) => ({
    ...claim('1', bound),
    spec: { resources: { requests: { storage: requested } }, ...(volumeName !== undefined && { volumeName }) },
    status: { capacity: { storage: '1Gi' } },
  });

  test.each<[string, PersistentVolumeClaimObject, string[]]>([
    ['and asks for more has that volume looked at', withSizes('2Gi', 'pvc-restored'), ['pvc-restored']],
    [
      'and says that it could not grow has that volume looked at',
      {
        ...withSizes('1Gi', 'pvc-1'),
        status: { capacity: { storage: '1Gi' }, conditions: [{ type: 'ControllerResizeError', status: 'True' }] },
      },
      ['pvc-1'],
    ],
    ['and asks for what it has, in other words, has none looked at', withSizes('1024Mi', 'pvc-1'), []],
    ['and does not say what that has, has none looked at', claim('1', bound), []],
    [
      "and asks for more, of another provisioner's, has none looked at",
      { ...withSizes('2Gi', 'pvc-1'), metadata: { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } } },
      [],
    ],
  ])('%s', (_, object, expected) => {
    claims.present(object);
    expect(grown).toEqual(expected);
    expect(looks).toEqual([]);
  });

  test('is told once it is bound, by the name of the volume that was made for it', () => {
    claims.present(claim('1'));
    expect(told).toEqual([]);
    claims.present(withSizes('1Gi', 'pvc-restored'));
    expect(told).toEqual(['pvc-1']);
  });
});

describe('a claim that was kept', () => {
  beforeEach(() => {
    claims.present(claim('1'));
    looks.length = 0;
  });

  test('is there whole, and needs no read', () => {
    expect(claims.waiting('pvc-1')).toMatchObject({ uid: '1', resourceVersion: '1', requestedStorage: '1Gi' });
  });

  test('is looked at again at each change, and the newest version counts', () => {
    claims.present(claim('1', onNode(nodeName), '2'));
    expect(looks).toEqual(['pvc-1']);
    expect(claims.waiting('pvc-1')).toMatchObject({ selectedNode: nodeName, resourceVersion: '2' });
  });

  test('changes in the same words when nothing that decisions read has changed', () => {
    claims.present(claim('1', { ...asked, note: 'x' }, '2'));
    claims.present(claim('1', onNode(nodeName), '3'));
    const [first, second, third] = changes;
    expect(second).toEqual(first);
    expect(third).not.toEqual(second);
  });

  test('is let go when it is bound, without a look', () => {
    claims.present(claim('1', bound));
    expect(looks).toEqual([]);
    expect(kept()).toEqual([]);
  });

  test.each([
    ['is given to another node', onNode('node-b')],
    ['is given to another provisioner', { 'volume.kubernetes.io/storage-provisioner': 'theirs' }],
    ['is given to nobody', {}],
  ])('is looked at a last time when it %s, for what was begun', (_, annotations) => {
    claims.present(claim('1', annotations));
    expect(looks).toEqual(['pvc-1']);
    expect(kept()).toEqual([]);
    claims.present(claim('1', annotations));
    expect(looks).toEqual([]);
  });

  test.each([
    ['goes', asked],
    ['goes, bound in the same moment', bound],
  ])('is looked at when it %s, for what was begun', (_, annotations) => {
    claims.gone(claim('1', annotations));
    expect(looks).toEqual(['pvc-1']);
    expect(kept()).toEqual([]);
  });

  test('is let go once it is settled', () => {
    claims.settled('pvc-1', claims.waiting('pvc-1'));
    expect(kept()).toEqual([]);
    claims.gone(claim('1'));
    expect(looks).toEqual([]);
  });

  test('is kept again when it changes after that', () => {
    claims.settled('pvc-1', claims.waiting('pvc-1'));
    claims.present(claim('1', onNode(nodeName)));
    expect(looks).toEqual(['pvc-1']);
    expect(kept()).toEqual(['pvc-1']);
  });

  test.each([
    ['has changed', () => {}],
    ['came back', () => claims.present(claim('1', onNode('node-b')))],
  ])('stays when it %s since the look that settled it', (_, before) => {
    before();
    const seen = claims.waiting('pvc-1');
    claims.present(claim('1', onNode(nodeName)));
    claims.settled('pvc-1', seen);
    expect(kept()).toEqual(['pvc-1']);
  });

  test('is another one when it is made again under the same name', () => {
    claims.present(claim('2'));
    expect(kept()).toEqual(['pvc-1', 'pvc-2']);
    claims.gone(claim('1'));
    expect(kept()).toEqual(['pvc-2']);
  });
});

test('a claim that was never kept goes without a look', () => {
  claims.present(claim('1', {}));
  claims.gone(claim('1', {}));
  expect(looks).toEqual([]);
});

describe('a claim that has waited long for another node', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    claims.present(claim('1', onNode('node-b')));
    vi.advanceTimersByTime(60_000);
    looks.length = 0;
  });
  afterEach(() => {
    claims.stop();
    vi.useRealTimers();
  });

  test.each<[string, () => void]>([
    ['goes', () => claims.gone(claim('1'))],
    ['is not in a list any more', () => listAnew(claims)],
    ['is given to another provisioner', () => claims.present(claim('1', {}))],
  ])('is looked at when it %s, for something may have been begun for it', (_, tell) => {
    expect(claims.waiting('pvc-1')).toMatchObject({ selectedNode: 'node-b' });
    tell();
    expect(looks).toEqual(['pvc-1']);
    expect(claims.waiting('pvc-1')).toBeUndefined();
  });
});

test('a list after a break has what went meanwhile looked at, and what is there', () => {
  listAnew(claims, claim('stays'), claim('goes'), claim('is-bound'));
  looks.length = 0;
  listAnew(claims, claim('stays'), claim('comes'), claim('is-bound', bound), claim('theirs', {}));
  expect(looks).toEqual(['pvc-stays', 'pvc-comes', 'pvc-goes']);
  expect(kept()).toEqual(['pvc-stays', 'pvc-comes']);
});
