import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../../src/disk/port.ts';
import { type ClassParameters, defaultClassParameters } from '../../../../src/model/class-parameters.ts';
import { decide } from '../../../../src/volume/decide.ts';
import {
  claimView,
  dataSource,
  now,
  ownCluster,
  poolView,
  reference,
  volumeName,
} from '../../../support/build-views.ts';

type Changes = NonNullable<Parameters<typeof claimView>[0]>;

const waitsForConsumer = { waitForFirstConsumer: true };
const toNodeB = { selectedNode: 'node-b' };
const inZone = (zone: string) => ({ allowedTopologies: [[{ key: 'zone', values: [zone] }]] });
const unusable = new StorageError('BaseDirectoryMissing', 'mount it');

const snapshot = dataSource({ kind: 'VolumeSnapshot', name: 'daily', apiGroup: 'snapshot.storage.k8s.io' });
const inAnotherNamespace = dataSource({ namespace: 'backup' });
const forPopulator = dataSource({ kind: 'Backup', apiGroup: 'example.com' });

/** Every condition that keeps a claim that waits from a volume of this node, in the order of the rules. */
const full = { sizeBytes: 2 ** 30, reservedBytes: 0, promisedBytes: 2 ** 30, keptBytes: 0, inodes: 0 };
const noQuota = { by: undefined, message: 'mount it with prjquota' };

const ways: [condition: string, changes: Changes, action: string, reason: string][] = [
  ['the claim has its volume', { claim: { volumeName } }, 'ignore', 'AlreadyBound'],
  ['the claim has another volume', { claim: { volumeName: 'nfs-1' } }, 'ignore', 'BoundToAnotherVolume'],
  ['an earlier try made the volume', { volume: {} }, 'confirm', 'ProvisionedEarlier'],
  ['nobody is asked yet', { claim: { provisioner: undefined } }, 'ignore', 'NotOurs'],
  ['another controller fills it', { claim: { dataSource: forPopulator } }, 'ignore', 'ForPopulator'],
  ['another node is selected', { claim: toNodeB, class: waitsForConsumer }, 'ignore', 'OtherNodeSelected'],
  ['the claim asks for no class', { claim: { className: undefined } }, 'ignore', 'NoClass'],
  ['the claim is being deleted', { claim: { deleting: true } }, 'ignore', 'ClaimDeleting'],
  ['the class does not exist', { class: undefined }, 'refuse', 'ClassNotFound'],
  ['no node is selected yet', { class: waitsForConsumer }, 'wait', 'NoNodeSelected'],
  ['a block device is asked for', { claim: { volumeMode: 'Block' } }, 'refuse', 'BlockVolume'],
  ['the claim has a selector', { claim: { hasSelector: true } }, 'refuse', 'Selector'],
  ['the claim has a data source', { claim: { dataSource: snapshot } }, 'refuse', 'DataSource'],
  ['the claim has an attributes class', { claim: { attributesClass: 'gold' } }, 'refuse', 'VolumeAttributesClass'],
  ['the class has changed hands', { class: { provisioner: 'theirs' } }, 'refuse', 'ClassOfAnotherProvisioner'],
  ['the cluster has no such node', { node: { registered: false } }, 'refuse', 'NodeNotRegistered'],
  ['the class excludes this node', { class: inZone('b') }, 'refuse', 'NodeNotAllowed'],
  ['the class has a bad parameter', { class: { parameters: { size: 'big' } } }, 'refuse', 'ClassParameterInvalid'],
  ['the class has mount options for hostPath', { class: { mountOptions: ['noatime'] } }, 'refuse', 'MountOptions'],
  ['the node has no hostname label', { node: { hostname: undefined } }, 'refuse', 'NodeWithoutHostname'],
  ['there is no room', { room: full, class: { parameters: { overcommit: '1.0' } } }, 'fail', 'NoRoom'],
  [
    'the disk enforces no quota',
    { quotaSupport: noQuota, class: { parameters: { quota: 'enforce' } } },
    'fail',
    'QuotaNotSupported',
  ],
  ['the disk cannot be used', { disk: unusable }, 'fail', 'BaseDirectoryMissing'],
];

describe('a claim that waits', () => {
  test('is provisioned when it is ours and asks for nothing that this node lacks', () => {
    expect(decide(claimView())).toMatchObject({ action: 'provision', reason: 'Pending' });
  });

  test.each(ways)('when %s', (_, changes, action, reason) => {
    expect(decide(claimView(changes))).toMatchObject({ action, reason });
  });

  test.each<[string, Changes]>([
    ['the other provisioner name of ours is asked', { claim: { provisioner: 'example.com/hostpath' } }],
    ['this node is selected', { claim: { selectedNode: 'node-a' }, class: waitsForConsumer }],
    ['any node is selected although the class binds at once', { claim: toNodeB }],
    ['the class allows this node', { class: inZone('a') }],
    ['an earlier try made no more than the directory', { begun: true }],
    ['a volume may still come of an earlier try', { begun: true, inDoubtForMs: 12.5 }],
    ['something was begun for it and the watch does not show it', { begun: true, waits: false }],
  ])('is provisioned when %s', (_, changes) => {
    expect(decide(claimView(changes))).toMatchObject({ action: 'provision' });
  });

  test('has the first of two conditions decide', () => {
    const pairs = ways.flatMap((first, index) => ways.slice(index + 1).map((second) => [first, second] as const));
    const compatible = pairs.filter(
      ([[, a], [, b]]) =>
        !contradict(a.claim, b.claim) && !contradict(a.class, b.class) && !('volume' in a && 'disk' in b),
    );
    for (const [[first, changes, action, reason], [second, others]] of compatible) {
      if ('volume' in others && reason === 'AlreadyBound') continue; // the volume, which is ours, decides
      if ('disk' in others && action === 'ignore') continue; // below: what was begun cannot be looked at
      const decision = decide(claimView(merged(others, changes)));
      expect({ first, second, ...decision }).toMatchObject({ first, second, action, reason });
    }
    expect(compatible.length).toBeGreaterThan(80);
  });
});

test('of a claim that is not to be provisioned, the disk has to be asked whether anything was begun for it', () => {
  const view = claimView({ claim: { deleting: true }, disk: unusable });
  expect(decide(view)).toMatchObject({ action: 'fail', reason: 'BaseDirectoryMissing', cause: unusable });
});

test.each<[string, Changes, string]>([
  ['volume', { volume: { claim: undefined } }, 'kubectl delete pv pvc-aaaa-1'],
  ['volume that lies elsewhere', { volume: { identity: 'node-b', path: '/x', claim: undefined } }, 'pvc-aaaa-1'],
  ['class that is missing', { class: undefined }, '"fast"'],
  ['volume mode', { claim: { volumeMode: 'Block' } }, 'volumeMode Filesystem'],
  ['selector', { claim: { hasSelector: true } }, 'without spec.selector'],
  ['data source', { claim: { dataSource: snapshot } }, 'VolumeSnapshot/daily'],
  ['other namespace', { claim: { dataSource: inAnotherNamespace } }, 'original of namespace backup'],
  ['attributes class', { claim: { attributesClass: 'gold' } }, '"gold"'],
  ['other provisioner', { class: { provisioner: 'theirs' } }, 'theirs'],
  ['node that is missing', { node: { registered: false } }, 'node-a'],
  ['node that is not allowed', { class: inZone('b') }, '"node-a"'],
  ['parameter', { class: { parameters: { size: 'big' } } }, '"size"'],
  ['mount options', { class: { mountOptions: ['noatime'] } }, 'noatime'],
  ['label', { node: { hostname: undefined } }, 'kubectl label node node-a kubernetes.io/hostname=node-a'],
])('what the user is told names the %s', (_, changes, part) => {
  const decision = decide(claimView(changes));
  const told = 'message' in decision ? decision.message : 'objection' in decision ? decision.objection : '';
  expect(told).toContain(part);
});

describe('a claim that this disk cannot have the room or the quota for', () => {
  const lacking = {
    room: full,
    class: { ...waitsForConsumer, parameters: { quota: 'enforce' } },
    claim: { selectedNode: 'node-a' },
  };

  test('goes to another node, if there is one, and what was begun for it is undone first', () => {
    const free = { ...lacking, otherNodes: true };
    expect(decide(claimView(free))).toMatchObject({ action: 'giveBack', reason: 'NoRoom' });
    expect(decide(claimView({ ...free, begun: true }))).toMatchObject({ action: 'undo', reason: 'NoRoom' });
    expect(decide(claimView({ ...free, giveBackWaitMs: 7 }))).toMatchObject({ action: 'fail', afterMs: 7 });
  });

  test('waits for room on the only node', () => {
    expect(decide(claimView(lacking))).toMatchObject({ action: 'fail', reason: 'NoRoom', afterMs: 600_000 });
  });

  test.each([
    [2 ** 29, /512 MiB of it: hostpath-provisioner trash$/],
    [0, /kubectl get pv -l \S+$/],
  ])('is told of the trash if directories without a volume have %d bytes of it', (keptBytes, end) => {
    const decision = decide(claimView({ ...lacking, room: { ...full, keptBytes } }));
    expect(decision).toHaveProperty('message', expect.stringMatching(end));
  });

  test('is told of the quota first, because room alone would not help', () => {
    expect(decide(claimView({ ...lacking, quotaSupport: noQuota }))).toMatchObject({ reason: 'QuotaNotSupported' });
  });
});

describe('a claim for a base directory whose size is not known', () => {
  const strict = { parameters: { overcommit: '1.0' } };
  const enforced = { parameters: { quota: 'enforce' } };

  test.each<[string, Changes]>([
    ['a class that forbids to promise more than there is', { class: strict }],
    ['a class that enforces limits, with their inodes', { class: enforced, quotaSupport: { by: 'project' } }],
    [
      'such a class, and a node that others could replace',
      { class: { ...strict, ...waitsForConsumer }, otherNodes: true },
    ],
  ])('waits with %s', (_, changes) => {
    const claim = { selectedNode: 'node-a' };
    const decision = decide(claimView({ claim, room: undefined, ...changes }));
    expect(decision).toEqual({ action: 'fail', reason: 'RoomUnknown', message: expect.stringContaining('df ') });
    const pools = [poolView({ room: undefined, unusable })];
    expect(decide(claimView({ claim, ...changes, pools }))).toMatchObject({ action: 'fail', reason: unusable.reason });
  });

  test('is provisioned with another class, whatever the size is', () => {
    const decision = decide(claimView({ room: undefined }));
    expect(decision).toMatchObject({ action: 'provision', plan: { demand: { most: undefined } } });
  });
});

test.each<[string, Changes, object | undefined]>([
  ['a class that enforces nothing', { class: {} }, undefined],
  [
    'a class with inodes of its own',
    { class: { parameters: { quota: 'enforce', inodesPerGiB: '5000' } } },
    { inodes: 5_000 },
  ],
  ['a class without', { class: { parameters: { quota: 'enforce' } } }, { inodes: 10_000 }],
  ['quota groups', { class: { parameters: { quota: 'enforce' } }, quotaSupport: { by: 'subvolume' } }, {}],
])('the plan has the limit of %s', (_, changes, limit) => {
  const room = { sizeBytes: 2 ** 40, reservedBytes: 0, promisedBytes: 0, keptBytes: 0, inodes: 10_000 * 2 ** 10 };
  const decision = decide(claimView({ quotaSupport: { by: 'project' }, room, ...changes }));
  expect(decision).toHaveProperty('plan.limit', limit && { bytes: 2 ** 30, ...limit });
});

test('a claim that makes the base directory promise more than it has is provisioned with a warning', () => {
  expect(decide(claimView({ room: full }))).toMatchObject({
    action: 'provision',
    warning: { reason: 'Overcommitted' },
  });
  expect(decide(claimView({ room: full, class: { parameters: { overcommit: '3' } } }))).not.toHaveProperty('warning');
});

test('the plan carries everything over from claim, class and node, and the record notes what registering it again takes', () => {
  const view = claimView({
    claim: { selectedNode: 'node-a', requestedStorage: '1500Mi', accessModes: ['ReadWriteMany'] },
    class: {
      provisioner: 'example.com/hostpath',
      parameters: { directoryMode: '0700', volumeType: 'local', trashRetention: '1h' },
      mountOptions: ['noatime'],
      reclaimPolicy: 'Retain',
      ...waitsForConsumer,
    },
    node: { hostname: 'host-a' },
  });
  const template = {
    provisioner: 'example.com/hostpath',
    capacity: '1500Mi',
    accessModes: ['ReadWriteMany'],
    volumeMode: 'Filesystem',
    mountOptions: ['noatime'],
    volumeType: 'local',
    hostname: 'host-a',
  };
  const record = {
    version: 1,
    volume: volumeName,
    claim: reference,
    cluster: ownCluster,
    class: 'fast',
    node: 'node-a',
    reclaimPolicy: 'Delete', // before there is a volume, there is nothing to keep
    createdAt: now.toISOString(),
    template,
    retention: { forMs: 3_600_000 },
  };
  const parameters: ClassParameters = {
    ...defaultClassParameters,
    volumeType: 'local',
    directoryMode: 0o700,
    trashRetentionMs: 3_600_000,
    enforcesQuota: false,
  };
  const demand = { bytes: 1_500 * 2 ** 20, most: 1 };
  const plan = { ...template, record, claim: reference, reclaimPolicy: 'Retain', parameters, demand };
  expect(decide(view)).toEqual({ action: 'provision', reason: 'Pending', plan, pool: 'default' });
});

/** Whether two changes cannot be made together: one of them would hide the other. */
function contradict(a: object | undefined, b: object | undefined): boolean {
  return a !== undefined && b !== undefined && Object.keys(a).some((key) => key in b);
}

function merged(a: Changes, b: Changes): Changes {
  const part = <Name extends 'claim' | 'class'>(name: Name) => {
    if (!(name in a) && !(name in b)) return {};
    const gone = [a, b].some((changes) => name in changes && changes[name] === undefined);
    return { [name]: gone ? undefined : { ...a[name], ...b[name] } };
  };
  return { ...a, ...b, ...part('claim'), ...part('class') };
}
