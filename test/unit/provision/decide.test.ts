import { describe, expect, test } from 'vitest';
import type { Volume } from '../../../src/model/volume.ts';
import { decideProvision, judgeVolume, type ProvisionDecision } from '../../../src/provision/decide.ts';
import type { ClaimView } from '../../../src/provision/observe.ts';
import {
  claimView,
  now,
  ownCluster,
  reference,
  releasedVolume,
  volumeName,
  volumeRecord,
} from '../../support/build-views.ts';

type Changes = NonNullable<Parameters<typeof claimView>[0]>;

/** What tells a volume of another node. */
const ofNodeB = { identity: 'node-b', hostname: 'node-b' };

/** Every condition that ends the way to a volume early, in the order in which they are looked at. */
const ways: [condition: string, changes: Changes, action: string, reason: string][] = [
  ['the claim waits no more and nothing was begun', { pending: false, begun: false }, 'ignore', 'NotPending'],
  ['the claim is gone', { claim: undefined }, 'ignore', 'ClaimGone'],
  ['the claim has its volume', { claim: { volumeName } }, 'ignore', 'AlreadyBound'],
  ['the claim has another volume', { claim: { volumeName: 'nfs-1' } }, 'ignore', 'BoundToAnotherVolume'],
  ['an earlier try made the volume', { volume: {} }, 'confirm', 'ProvisionedEarlier'],
  ['nobody is asked yet', { claim: { provisioner: undefined } }, 'ignore', 'NotOurs'],
  [
    'another node is selected',
    { claim: { selectedNode: 'node-b' }, class: { waitForFirstConsumer: true } },
    'ignore',
    'OtherNodeSelected',
  ],
  ['the claim asks for no class', { claim: { className: undefined } }, 'ignore', 'NoClass'],
  ['the claim is being deleted', { claim: { deleting: true } }, 'ignore', 'ClaimDeleting'],
  ['the class does not exist', { class: undefined }, 'refuse', 'ClassNotFound'],
  ['no node is selected yet', { class: { waitForFirstConsumer: true } }, 'wait', 'NoNodeSelected'],
  ['a block device is asked for', { claim: { volumeMode: 'Block' } }, 'refuse', 'BlockVolume'],
  ['the claim has a selector', { claim: { hasSelector: true } }, 'refuse', 'Selector'],
  ['the claim has a data source', { claim: { dataSource: 'VolumeSnapshot/daily' } }, 'refuse', 'DataSource'],
  ['the claim has an attributes class', { claim: { attributesClass: 'gold' } }, 'refuse', 'VolumeAttributesClass'],
  ['the class has changed hands', { class: { provisioner: 'theirs' } }, 'refuse', 'ClassOfAnotherProvisioner'],
  ['the cluster has no such node', { node: { registered: false } }, 'refuse', 'NodeNotRegistered'],
  [
    'the class excludes this node',
    { class: { allowedTopologies: [[{ key: 'zone', values: ['b'] }]] } },
    'refuse',
    'NodeNotAllowed',
  ],
  ['the class has a bad parameter', { class: { parameters: { size: 'big' } } }, 'refuse', 'ClassParameterInvalid'],
  ['the class has mount options for hostPath', { class: { mountOptions: ['noatime'] } }, 'refuse', 'MountOptions'],
  ['the node has no hostname label', { node: { hostname: undefined } }, 'refuse', 'NodeWithoutHostname'],
];

describe('decideProvision', () => {
  test('provisions what is ours and asks for nothing that we lack', () => {
    expect(decideProvision(claimView())).toMatchObject({ action: 'provision', reason: 'Pending' });
  });

  test.each(ways)('when %s', (_, changes, action, reason) => {
    expect(decideProvision(claimView(changes))).toMatchObject({ action, reason });
  });

  test.each([
    ['the other provisioner name of ours is asked', { claim: { provisioner: 'example.com/hostpath' } }],
    ['this node is selected', { claim: { selectedNode: 'node-a' }, class: { waitForFirstConsumer: true } }],
    ['any node is selected although the class binds at once', { claim: { selectedNode: 'node-b' } }],
    ['the class allows this node', { class: { allowedTopologies: [[{ key: 'zone', values: ['a'] }]] } }],
    ['an earlier try made no more than the directory', { begun: true }],
    ['something was begun for a claim that the watch does not show', { begun: true, pending: false }],
  ] satisfies [string, Changes][])('provisions when %s', (_, changes) => {
    expect(decideProvision(claimView(changes))).toMatchObject({ action: 'provision' });
  });

  const pairs = ways.flatMap((first, index) => ways.slice(index + 1).map((second) => ({ first, second })));
  const compatible = pairs.filter(
    ({ first, second }) => !contradict(first[1].claim, second[1].claim) && !contradict(first[1].class, second[1].class),
  );

  test('of two conditions, the one that is looked at first decides', () => {
    for (const { first, second } of compatible) {
      const both = { first: first[0], second: second[0] };
      const [, changes, action, reason] = first;
      expect({ ...both, ...decideProvision(claimView(merged(second[1], changes))) }).toMatchObject({
        ...both,
        action,
        reason,
      });
    }
    expect(compatible.length).toBeGreaterThan(80);
  });
});

describe('what was begun for a claim that gets no volume from us', () => {
  test.each([
    ['the claim is gone', { claim: undefined }, 'ClaimGone'],
    ['the claim has another volume', { claim: { volumeName: 'nfs-1' } }, 'BoundToAnotherVolume'],
    ['somebody else is asked now', { claim: { provisioner: 'theirs' } }, 'NotOurs'],
    [
      'another node is selected now',
      { claim: { selectedNode: 'node-b' }, class: { waitForFirstConsumer: true } },
      'OtherNodeSelected',
    ],
    ['the claim is being deleted', { claim: { deleting: true } }, 'ClaimDeleting'],
  ] satisfies [string, Changes, string][])(
    'is taken back when %s, once no volume can come any more',
    (_, changes, reason) => {
      expect(decideProvision(claimView({ ...changes, begun: true }))).toEqual({ action: 'undo', reason });
      const inDoubt = claimView({ ...changes, begun: true, inDoubtForMs: 12.5 });
      expect(decideProvision(inDoubt)).toEqual({ action: 'wait', reason: 'CreationUnanswered', afterMs: 12.5 });
      const notBegun = claimView({ ...changes, begun: false, inDoubtForMs: 12.5 });
      expect(decideProvision(notBegun)).toEqual({ action: 'ignore', reason });
    },
  );

  test('is kept for the grace period when it holds something and neither claim nor volume is left', () => {
    const abandoned = (forMs: number, hasContent = true) =>
      decideProvision(claimView({ claim: undefined, begun: true, abandoned: { forMs, hasContent } }));
    expect(abandoned(0)).toEqual({ action: 'wait', reason: 'Abandoned', afterMs: 60_000 });
    expect(abandoned(59_999)).toEqual({ action: 'wait', reason: 'Abandoned', afterMs: 1 });
    expect(abandoned(60_000)).toEqual({ action: 'discard', reason: 'Abandoned' });
    expect(abandoned(60_000, false)).toEqual({ action: 'undo', reason: 'ClaimGone' });
  });

  test('is kept for ever when it holds something and neither claim nor volume is left, unless a grace period is set', () => {
    const abandoned = { forMs: 1e12, hasContent: true };
    const view = claimView({ claim: undefined, begun: true, abandoned, abandonedGraceMs: undefined });
    expect(decideProvision(view)).toEqual({ action: 'keep', reason: 'Abandoned' });
  });

  test.each<[string, string | undefined, string | undefined, ProvisionDecision['action'], ProvisionDecision['action']]>(
    [
      ['ours', ownCluster, ownCluster, 'undo', 'undo'],
      ['of another cluster', 'cluster-b', ownCluster, 'keep', 'keep'],
      ['of a cluster that no record names', undefined, ownCluster, 'keep', 'undo'],
      ['of a cluster that we cannot compare with ours', ownCluster, undefined, 'keep', 'undo'],
      ['of no known cluster', undefined, undefined, 'keep', 'undo'],
    ],
  )('that is %s: without its claim, and with it', (_, cluster, own, withoutClaim, withClaim) => {
    const { cluster: __, ...unnamed } = volumeRecord();
    const record = cluster === undefined ? unnamed : volumeRecord({ cluster });
    const begun = { begun: true, record, ownCluster: own };
    const without = decideProvision(claimView({ ...begun, claim: undefined }));
    const withIt = decideProvision(claimView({ ...begun, claim: { volumeName: 'nfs-1' } }));
    expect([without.action, withIt.action]).toEqual([withoutClaim, withClaim]);
    for (const hasContent of [true, false]) {
      const abandoned = { forMs: 1e9, hasContent };
      const action = hasContent && withoutClaim === 'undo' ? 'discard' : withoutClaim;
      expect(decideProvision(claimView({ ...begun, claim: undefined, abandoned }))).toMatchObject({ action });
    }
  });

  test.each([
    ['its directory is to be kept', volumeRecord({ reclaimPolicy: 'Retain' })],
    ["it is another node's", volumeRecord({ node: 'node-b' })],
  ])('is left alone when %s', (_, record) => {
    const abandoned = { forMs: 1e9, hasContent: true };
    for (const changes of [{ abandoned }, {}]) {
      expect(decideProvision(claimView({ claim: undefined, record, ...changes }))).toMatchObject({ action: 'ignore' });
    }
  });

  test('is left alone when the volume lies on this node by its affinity, whatever its annotations say by now', () => {
    const edited = { claim: { volumeName }, volume: { identity: 'node-b', provisionedBy: 'theirs' } };
    expect(decideProvision(claimView(edited))).toEqual({ action: 'ignore', reason: 'AlreadyBound' });
  });

  test('does not keep a claim that is to have a volume from being tried again', () => {
    expect(decideProvision(claimView({ begun: true, inDoubtForMs: 12.5 }))).toMatchObject({ action: 'provision' });
  });

  test.each<[string, Partial<Volume>, 'undo' | 'ignore']>([
    ['another node made', { ...ofNodeB }, 'undo'],
    ['lies elsewhere', { path: '/somewhere' }, 'undo'],
    ['lies nowhere', { path: undefined }, 'undo'],
    ['we made', {}, 'ignore'],
    ['we made, and another claim has', { claim: { ...reference, uid: 'another' } }, 'ignore'],
    ['does not say who made it, but may lie here', { identity: undefined }, 'ignore'],
    ['another provisioner says to have made here', { provisionedBy: 'theirs' }, 'ignore'],
  ])('of a claim that is gone, whose volume name a volume has that %s: %j, %s', (_, volume, action) => {
    expect(decideProvision(claimView({ claim: undefined, volume }))).toEqual({ action, reason: 'ClaimGone' });
  });

  test('stays while the claim may still become ours', () => {
    const waiting = claimView({ begun: true, class: { waitForFirstConsumer: true } });
    expect(decideProvision(waiting)).toEqual({ action: 'wait', reason: 'NoNodeSelected' });
  });

  test('stays while its volume exists, although the claim is gone', () => {
    expect(decideProvision(claimView({ claim: undefined, volume: {} }))).toEqual({
      action: 'ignore',
      reason: 'ClaimGone',
    });
  });

  test('is taken back when the claim was bound to the volume that another node made', () => {
    const lost = claimView({ claim: { volumeName }, volume: { ...ofNodeB } });
    expect(decideProvision(lost)).toEqual({ action: 'undo', reason: 'ProvisionedByAnotherNode' });
  });

  test('is asked for again while its claim lives and its volume is gone: nothing tells when the claim goes', () => {
    const lost = claimView({ claim: { volumeName }, begun: true });
    expect(decideProvision(lost)).toEqual({ action: 'wait', reason: 'VolumeGone', afterMs: 10_000 });
  });

  test('stays when the claim was bound to the volume that it belongs to', () => {
    for (const deleting of [false, true]) {
      const bound = claimView({ claim: { volumeName }, volume: { phase: 'Bound', deleting } });
      expect(decideProvision(bound)).toEqual({ action: 'ignore', reason: 'AlreadyBound' });
    }
  });
});

describe('judgeVolume', () => {
  const another = { ...reference, uid: 'another' };
  const byHand = { identity: undefined, provisionedBy: undefined, path: '/somewhere' };
  const judge = (changes: Parameters<typeof releasedVolume>[0]) => judgeVolume(releasedVolume(changes), claimView());

  test.each([
    ['ours for this claim confirms it', {}, 'confirm', 'ProvisionedEarlier'],
    ["another node's for this claim ends ours", { ...ofNodeB }, 'undo', 'ProvisionedByAnotherNode'],
    ['made by hand for this claim elsewhere ends ours', byHand, 'undo', 'ProvisionedByAnotherNode'],
    ['of another claim elsewhere is in the way', { ...byHand, claim: another }, 'undo', 'VolumeNameTaken'],
    ['of no claim elsewhere is in the way', { ...byHand, claim: undefined }, 'undo', 'VolumeNameTaken'],
    [
      'of no claim and without path is in the way',
      { ...byHand, path: undefined, claim: undefined },
      'undo',
      'VolumeNameTaken',
    ],
    ["another node's for another claim is in the way", { ...ofNodeB, claim: another }, 'undo', 'VolumeNameTaken'],
    ['ours, but for another claim now, may use our directory', { claim: another }, 'fail', 'VolumeNameTaken'],
    ['ours, but for no claim now, may use our directory', { claim: undefined }, 'fail', 'VolumeNameTaken'],
    ['of another provisioner here may use our directory', { provisionedBy: 'x' }, 'fail', 'VolumeNameTaken'],
    ['ours, but being deleted, waits for the claim to go', { deleting: true }, 'refuse', 'VolumeBeingDeleted'],
    ["another node's and being deleted ends ours", { ...ofNodeB, deleting: true }, 'undo', 'ProvisionedByAnotherNode'],
    ['made by hand at our path may use our directory', { identity: undefined }, 'fail', 'VolumeNameTaken'],
  ])('a volume that is %s', (_, changes, action, reason) => {
    expect(judge(changes)).toMatchObject({ action, reason });
  });

  test.each([
    ['message', { claim: undefined }],
    ['objection', { claim: undefined, path: '/somewhere' }],
  ])('what is in the way is named, and what to do about it: %s', (field, changes) => {
    expect(judge(changes)).toHaveProperty(field, expect.stringMatching(/"pvc-aaaa-1".*delete that volume/));
  });

  test('of a volume that is being deleted, the user is told what to do about the claim', () => {
    const message = expect.stringMatching(/"pvc-aaaa-1" was deleted before .*: delete the claim and make it again/);
    expect(judge({ deleting: true })).toHaveProperty('message', message);
  });

  test('another node that was first is no failure', () => {
    expect(judge({ ...ofNodeB })).not.toHaveProperty('objection');
  });
});

test('a refusal names the object at fault and what to do', () => {
  const messages = ways
    .map(([, changes]) => decideProvision(claimView(changes)))
    .flatMap((decision) => (decision.action === 'refuse' ? [decision.message] : []));
  expect(messages).toMatchInlineSnapshot(`
    [
      "StorageClass "fast" does not exist: create it, or make the claim again with another class",
      "hostpath-provisioner does not support block volume provisioning: make the claim again with volumeMode Filesystem",
      "a claim with a selector is not provisioned, only bound to volumes that exist: make the claim again without spec.selector",
      "hostpath-provisioner cannot fill a volume from VolumeSnapshot/daily: make the claim again without spec.dataSource and spec.dataSourceRef",
      "the claim asks for VolumeAttributesClass "gold", which Kubernetes knows on CSI volumes only: make the claim again without spec.volumeAttributesClassName",
      "StorageClass "fast" now belongs to the provisioner theirs: make the claim again, so that it is asked",
      "node "node-a" is not in the cluster: correct --node-name or NODE_NAME (kubectl get nodes lists the nodes), or wait until it registers",
      "node "node-a" is not in the allowedTopologies of StorageClass "fast": label the node to match, or make the class again",
      "StorageClass "fast": parameter "size" is not known: use volumeType, directoryMode, directoryOwner, trashRetention. A class cannot be changed: delete it and make it again",
      "StorageClass "fast" has mountOptions (noatime), and kubelet mounts no volume of type hostPath: delete the class and make it again with the parameter volumeType: local, or without mountOptions",
      "node "node-a" has no label kubernetes.io/hostname, by which a volume is tied to its node: label the node",
    ]
  `);
});

test('the plan carries everything over from claim, class and node', () => {
  const view = claimView({
    claim: { selectedNode: 'node-a', requestedStorage: '1500Mi', accessModes: ['ReadWriteMany'] },
    class: {
      provisioner: 'example.com/hostpath',
      parameters: { directoryMode: '0700', volumeType: 'local' },
      mountOptions: ['noatime'],
      reclaimPolicy: 'Retain',
      waitForFirstConsumer: true,
    },
    node: { hostname: 'host-a' },
  });
  expect(decideProvision(view)).toEqual({
    action: 'provision',
    reason: 'Pending',
    plan: {
      record: {
        version: 1,
        volume: volumeName,
        claim: reference,
        cluster: ownCluster,
        class: 'fast',
        node: 'node-a',
        reclaimPolicy: 'Delete', // before there is a volume, there is nothing to keep
        createdAt: now.toISOString(),
        template: {
          provisioner: 'example.com/hostpath',
          capacity: '1500Mi',
          accessModes: ['ReadWriteMany'],
          volumeMode: 'Filesystem',
          mountOptions: ['noatime'],
          volumeType: 'local',
          hostname: 'host-a',
        },
      },
      provisioner: 'example.com/hostpath',
      capacity: '1500Mi',
      accessModes: ['ReadWriteMany'],
      volumeMode: 'Filesystem',
      mountOptions: ['noatime'],
      reclaimPolicy: 'Retain',
      volumeType: 'local',
      claim: reference,
      parameters: { volumeType: 'local', directoryMode: 0o700, directoryOwner: undefined, trashRetentionMs: 0 },
      hostname: 'host-a',
    },
  });
});

test('the record notes all that registering the volume again takes, and the retention of the class', () => {
  const parameters = { trashRetention: '1h', volumeType: 'local' };
  const decision = decideProvision(claimView({ class: { parameters, mountOptions: ['noatime'] } }));
  expect(decision).toMatchObject({
    plan: {
      record: {
        template: {
          provisioner: 'hostpath-provisioner',
          capacity: '1Gi',
          accessModes: ['ReadWriteOnce'],
          volumeMode: 'Filesystem',
          mountOptions: ['noatime'],
          volumeType: 'local',
          hostname: 'node-a',
        },
        retention: { forMs: 3_600_000 },
      },
    },
  });
});

test('deciding changes nothing in the view', () => {
  const view = deeplyFrozen(claimView({ class: { parameters: { directoryMode: '0700' } } }));
  expect(decideProvision(view)).toEqual(decideProvision(view));
});

/** Whether two changes cannot be made together: one of them would hide the other. */
function contradict(a: object | undefined, b: object | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return Object.keys(a).some((key) => key in b);
}

function merged(a: Changes, b: Changes): Changes {
  const part = <Name extends 'claim' | 'class'>(name: Name) => {
    if (!(name in a) && !(name in b)) return {};
    const gone = [a, b].some((changes) => name in changes && changes[name] === undefined);
    return { [name]: gone ? undefined : { ...a[name], ...b[name] } };
  };
  return { ...a, ...b, ...part('claim'), ...part('class') };
}

function deeplyFrozen(view: ClaimView): ClaimView {
  const freeze = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  };
  freeze(view);
  return view;
}
