import { beforeEach, describe, expect, test } from 'vitest';
import { PendingClaims } from '../../../src/changes/claims.ts';
import type { PersistentVolumeClaimObject } from '../../../src/model/kubernetes.ts';
import { nodeName, provisionerNames } from '../../support/build-views.ts';
import { listAnew } from '../../support/list-anew.ts';

const asked = { 'volume.kubernetes.io/storage-provisioner': 'hostpath-provisioner' };
const bound = { ...asked, 'pv.kubernetes.io/bind-completed': 'yes' };
const onNode = (node: string) => ({ ...asked, 'volume.kubernetes.io/selected-node': node });

const claim = (
  name: string,
  annotations: Record<string, string> = asked,
  uid = `uid-${name}`,
): PersistentVolumeClaimObject => ({
  metadata: { namespace: 'default', name, uid, annotations },
});
const key = (name: string, uid = `uid-${name}`): string => `default/${name}/${uid}`;

let looks: string[];
let gone: string[];
let grown: string[];
let claims: PendingClaims;
beforeEach(() => {
  looks = [];
  gone = [];
  grown = [];
  claims = new PendingClaims({
    nodeName,
    provisionerNames,
    onPending: (key) => looks.push(key),
    onGrown: ({ name }) => grown.push(name),
    onGone: ({ name }) => gone.push(name),
  });
});

/** The claims that are kept. */
function kept(): string[] {
  looks.length = 0;
  claims.lookAgain();
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
    claims.present(claim('data', annotations));
    expect(looks).toEqual(ours ? [key('data')] : []);
    expect(kept()).toEqual(ours ? [key('data')] : []);
  });
});

describe('a claim that has its volume is looked at', () => {
  const createdAt = '2026-11-22T10:00:00Z';
  const whole = (requested: string) => ({
    ...claim('data', bound),
    spec: { resources: { requests: { storage: requested } } },
    status: { capacity: { storage: '1Gi' } },
  });
  const written = (field: string, time: string) => {
    const { metadata } = claim('data', bound);
    const fieldsV1 = { 'f:spec': { [field]: {} } };
    return { metadata: { ...metadata, creationTimestamp: createdAt, managedFields: [{ time, fieldsV1 }] } };
  };

  test.each<[string, PersistentVolumeClaimObject, boolean]>([
    ['and asks for more', whole('2Gi'), true],
    ['and asks for what it has, in other words', whole('1024Mi'), false],
    ['and has had its request written since it was made', written('f:resources', '2026-11-22T10:00:01Z'), true],
    ['and has the request that it was made with', written('f:resources', createdAt), false],
    ['and has had something else written', written('f:volumeName', '2026-11-22T10:00:01Z'), false],
    ['and does not say who wrote what', claim('data', bound), false],
    [
      "and asks for more, of another provisioner's",
      { ...whole('2Gi'), metadata: { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } } },
      false,
    ],
  ])('%s: %#', (_, object, expected) => {
    claims.present(object);
    expect(grown).toEqual(expected ? ['data'] : []);
    expect(looks).toEqual([]);
  });
});

describe('a claim that came whole', () => {
  const whole = { ...claim('data'), spec: { storageClassName: 'fast', accessModes: ['ReadWriteOnce'] } };

  test('need not be read', () => {
    claims.present(whole);
    expect(claims.get(key('data'))).toMatchObject({ className: 'fast', accessModes: ['ReadWriteOnce'] });
  });

  test('has to be read once a change brought its metadata alone', () => {
    claims.present(whole);
    claims.present(claim('data'));
    expect(claims.get(key('data'))).not.toHaveProperty('accessModes');
  });
});

describe('a claim that was kept', () => {
  beforeEach(() => {
    claims.present(claim('data'));
    looks.length = 0;
  });

  test('is looked at again at each change', () => {
    claims.present(claim('data', onNode(nodeName)));
    expect(looks).toEqual([key('data')]);
  });

  test('is let go when it is bound, without a look', () => {
    claims.present(claim('data', bound));
    expect(looks).toEqual([]);
    expect(kept()).toEqual([]);
  });

  test.each([
    ['is given to another node', onNode('node-b')],
    ['is given to another provisioner', { 'volume.kubernetes.io/storage-provisioner': 'theirs' }],
    ['is given to nobody', {}],
  ])('is looked at a last time when it %s, for what was begun', (_, annotations) => {
    claims.present(claim('data', annotations));
    expect(looks).toEqual([key('data')]);
    expect(kept()).toEqual([]);
    claims.present(claim('data', annotations));
    expect(looks).toEqual([]);
  });

  test('is told when it goes', () => {
    claims.gone(claim('data'));
    expect(gone).toEqual(['data']);
    expect(kept()).toEqual([]);
  });

  test('is told even if it was bound or given away in the same moment', () => {
    claims.gone(claim('data', bound));
    expect(gone).toEqual(['data']);
  });

  test('is let go once it is settled', () => {
    claims.settled(key('data'), claims.get(key('data')));
    expect(kept()).toEqual([]);
    claims.gone(claim('data'));
    expect(gone).toEqual([]);
  });

  test('is kept again when it changes after that', () => {
    claims.settled(key('data'), claims.get(key('data')));
    claims.present(claim('data', onNode(nodeName)));
    expect(looks).toEqual([key('data')]);
    expect(kept()).toEqual([key('data')]);
  });

  test('stays when it has changed since the look that settled it', () => {
    const seen = claims.get(key('data'));
    claims.present(claim('data', onNode(nodeName)));
    claims.settled(key('data'), seen);
    expect(kept()).toEqual([key('data')]);
  });

  test('stays when it came back since the look that settled it', () => {
    claims.present(claim('data', onNode('node-b')));
    const seen = claims.get(key('data'));
    claims.present(claim('data', onNode(nodeName)));
    claims.settled(key('data'), seen);
    expect(kept()).toEqual([key('data')]);
  });

  test('is another one when it is made again under the same name', () => {
    claims.present(claim('data', asked, 'again'));
    expect(kept()).toEqual([key('data'), key('data', 'again')]);
    claims.gone(claim('data'));
    expect(kept()).toEqual([key('data', 'again')]);
  });
});

test('a claim that was never kept goes without a word', () => {
  claims.present(claim('theirs', {}));
  claims.gone(claim('theirs', {}));
  expect(gone).toEqual([]);
});

describe('a list after a break', () => {
  test('tells of the claims that went meanwhile, and looks at those that are there', () => {
    listAnew(claims, claim('stays'), claim('goes'), claim('is bound'));
    looks.length = 0;
    listAnew(claims, claim('stays'), claim('comes'), claim('is bound', bound), claim('theirs', {}));
    expect(looks).toEqual([key('stays'), key('comes')]);
    expect(gone).toEqual(['goes']);
    expect(kept()).toEqual([key('stays'), key('comes')]);
  });

  test('tells of a claim that was made again under the same name', () => {
    listAnew(claims, claim('data'));
    listAnew(claims, claim('data', asked, 'again'));
    expect(gone).toEqual(['data']);
    expect(kept()).toEqual([key('data', 'again')]);
  });
});
