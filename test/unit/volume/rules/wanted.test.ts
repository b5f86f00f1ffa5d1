import { describe, expect, test } from 'vitest';
import { StorageError } from '../../../../src/disk/port.ts';
import { decide } from '../../../../src/volume/decide.ts';
import { claimView, now, ownCluster, reference, volumeName } from '../../../support/build-views.ts';

type Changes = NonNullable<Parameters<typeof claimView>[0]>;

const waitsForConsumer = { waitForFirstConsumer: true };
const toNodeB = { selectedNode: 'node-b' };
const inZone = (zone: string) => ({ allowedTopologies: [[{ key: 'zone', values: [zone] }]] });
const unusable = new StorageError('BaseDirectoryMissing', 'mount it');

/** Every condition that keeps a claim that waits from a volume of this node, in the order of the rules. */
const ways: [condition: string, changes: Changes, action: string, reason: string][] = [
  ['the claim has its volume', { claim: { volumeName } }, 'ignore', 'AlreadyBound'],
  ['the claim has another volume', { claim: { volumeName: 'nfs-1' } }, 'ignore', 'BoundToAnotherVolume'],
  ['an earlier try made the volume', { volume: {} }, 'confirm', 'ProvisionedEarlier'],
  ['nobody is asked yet', { claim: { provisioner: undefined } }, 'ignore', 'NotOurs'],
  ['another node is selected', { claim: toNodeB, class: waitsForConsumer }, 'ignore', 'OtherNodeSelected'],
  ['the claim asks for no class', { claim: { className: undefined } }, 'ignore', 'NoClass'],
  ['the claim is being deleted', { claim: { deleting: true } }, 'ignore', 'ClaimDeleting'],
  ['the class does not exist', { class: undefined }, 'refuse', 'ClassNotFound'],
  ['no node is selected yet', { class: waitsForConsumer }, 'wait', 'NoNodeSelected'],
  ['a block device is asked for', { claim: { volumeMode: 'Block' } }, 'refuse', 'BlockVolume'],
  ['the claim has a selector', { claim: { hasSelector: true } }, 'refuse', 'Selector'],
  ['the claim has a data source', { claim: { dataSource: 'VolumeSnapshot/daily' } }, 'refuse', 'DataSource'],
  ['the claim has an attributes class', { claim: { attributesClass: 'gold' } }, 'refuse', 'VolumeAttributesClass'],
  ['the class has changed hands', { class: { provisioner: 'theirs' } }, 'refuse', 'ClassOfAnotherProvisioner'],
  ['the cluster has no such node', { node: { registered: false } }, 'refuse', 'NodeNotRegistered'],
  ['the class excludes this node', { class: inZone('b') }, 'refuse', 'NodeNotAllowed'],
  ['the class has a bad parameter', { class: { parameters: { size: 'big' } } }, 'refuse', 'ClassParameterInvalid'],
  ['the class has mount options for hostPath', { class: { mountOptions: ['noatime'] } }, 'refuse', 'MountOptions'],
  ['the node has no hostname label', { node: { hostname: undefined } }, 'refuse', 'NodeWithoutHostname'],
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
  ['data source', { claim: { dataSource: 'VolumeSnapshot/daily' } }, 'VolumeSnapshot/daily'],
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
  const parameters = {
    volumeType: 'local',
    directoryMode: 0o700,
    directoryOwner: undefined,
    trashRetentionMs: 3_600_000,
  };
  const plan = { ...template, record, claim: reference, reclaimPolicy: 'Retain', parameters };
  expect(decide(view)).toEqual({ action: 'provision', reason: 'Pending', plan });
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
