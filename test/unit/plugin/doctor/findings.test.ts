import { expect, test } from 'vitest';
import { checks } from '../../../../src/plugin/doctor/checks.ts';
import { findings } from '../../../../src/plugin/doctor/findings.ts';
import { findingLines } from '../../../../src/plugin/output/finding-lines.ts';
import type { Overview } from '../../../../src/plugin/overview.ts';
import {
  baseDirectory,
  boundClaim,
  claim,
  daemon,
  daemonSet,
  event,
  healthy,
  node,
  nowMs,
  onNode,
  status,
  storageClass,
  volume,
} from './overviews.ts';

/** What is wrong, in a line each. */
const wrong = (changes: Partial<Overview>): string[] =>
  findings(healthy(changes), nowMs, '1.0.0')
    .filter(({ level }) => level !== 'OK')
    .map(({ level, check, subject, text, command }) => `${level} ${check} | ${subject} | ${text} | ${command}`);

const twoNodes = { nodes: { found: [node('node-1'), node('node-2')] } };
const twoDaemons = { daemons: { found: [daemon('node-1'), daemon('node-2')] } };
const base = (changes: Parameters<typeof baseDirectory>[0]) => ({
  statuses: new Map([['node-1', status('node-1', { baseDirectories: [baseDirectory(changes)] })]]),
});
const using = (volumes: { usedBytes?: number; directoryMissing?: true }) => ({
  statuses: new Map([
    [
      'node-1',
      status('node-1', { volumes: [{ volume: 'pvc-pg', pool: 'default', capacityBytes: 2 ** 30, ...volumes }] }),
    ],
  ]),
});
const waiting = (changes = {}, more: Partial<Overview> = {}) => ({
  claims: { found: [claim('pg', changes)] },
  ...more,
});
const foreign = (provisioner: string) => ({
  others: { claims: { found: [] }, classes: { found: [storageClass('own', { provisioner })] } },
});
const removed = { deletionTimestamp: '2026-11-29T11:00:00Z' };
const system = 'kubectl -n hostpath-provisioner-system';
const pods = `${system} get pods -o wide`;
const unasked = `WARN unread | daemons | daemons, base directories, volumes, leftovers, rights could not be checked: no daemon runs | ${pods}`;
const unusable =
  'WARN unread | node node-1 | volumes, leftovers could not be checked: /mnt/disk cannot be used | kubectl describe node node-1';
const recreate = (what: string, file: string) =>
  `kubectl get ${what} -o yaml > ${file} && \${EDITOR:-vi} ${file} && kubectl replace --force -f ${file}`;
const recreateClass = recreate('storageclass own', 'class.yaml');

const cases: [what: string, changes: Partial<Overview>, found: string[]][] = [
  [
    'no daemon, and no DaemonSet',
    { daemons: { found: [] }, daemonSets: { found: [] }, statuses: new Map() },
    [
      'FAIL no-daemon | daemons | none runs, and there is no DaemonSet | kubectl apply -f rbac/ -f manifests/daemonset.yaml',
      unasked,
    ],
  ],
  [
    'a DaemonSet for nodes that are not there',
    {
      daemons: { found: [] },
      daemonSets: {
        found: [
          daemonSet({
            spec: { template: { spec: { nodeSelector: { disk: 'ssd' } } } },
            status: { desiredNumberScheduled: 0 },
          }),
        ],
      },
      statuses: new Map(),
    },
    [
      `FAIL no-daemon | daemons | none runs: no node has the label disk=ssd of the DaemonSet's nodeSelector | ${system} patch daemonset hostpath-provisioner --type=json -p '[{"op":"remove","path":"/spec/template/spec/nodeSelector"}]'`,
      unasked,
    ],
  ],
  [
    'a DaemonSet whose pods are not there yet',
    { daemons: { found: [] }, statuses: new Map() },
    [`FAIL no-daemon | daemons | none runs | ${system} describe daemonset hostpath-provisioner`, unasked],
  ],
  [
    'a node on which the DaemonSet should run, and does not',
    { ...twoNodes, daemonSets: { found: [daemonSet({ status: { desiredNumberScheduled: 2 } })] } },
    [`FAIL daemon-missing | node node-2 | no daemon runs on it | ${system} describe daemonset hostpath-provisioner`],
  ],
  ['a node that the DaemonSet leaves out', twoNodes, []],
  [
    'a node that the DaemonSet leaves out, with volumes',
    { ...twoNodes, volumes: { found: [volume('pg', {}, 'node-2')] } },
    [
      `FAIL daemon-missing | node node-2 | no daemon runs on it, and it holds volumes | ${system} describe daemonset hostpath-provisioner`,
    ],
  ],
  [
    'a daemon that is not ready, and says why',
    {
      daemons: { found: [daemon('node-1', { ready: false })] },
      statuses: new Map([['node-1', status('node-1', { troubles: ['watches: not started yet'] })]]),
    },
    [
      `FAIL daemon-not-ready | node node-1 | its daemon is not ready: watches: not started yet | ${system} logs hostpath-provisioner-node-1`,
    ],
  ],
  [
    'a daemon that is not ready and does not answer',
    { daemons: { found: [daemon('node-1', { ready: false })] }, statuses: new Map() },
    [
      `FAIL daemon-not-ready | node node-1 | its daemon is not ready | ${system} describe pod hostpath-provisioner-node-1`,
    ],
  ],
  [
    'a daemon on a node that is not ready',
    {
      nodes: { found: [node('node-1', { status: {} })] },
      daemons: { found: [daemon('node-1', { ready: false })] },
      statuses: new Map(),
    },
    [
      'FAIL daemon-not-ready | node node-1 | its daemon is not ready, because the node is not ready | kubectl describe node node-1',
    ],
  ],
  [
    'a daemon of an older version',
    {
      ...twoNodes,
      ...twoDaemons,
      statuses: new Map([
        ['node-1', status('node-1', { version: '0.9.0' })],
        ['node-2', status('node-2')],
      ]),
    },
    [
      `WARN daemon-old | node node-1 | its daemon is 0.9.0, and the newest one is 1.0.0 | ${system} rollout restart daemonset hostpath-provisioner`,
    ],
  ],
  [
    'a plugin of another version',
    { statuses: new Map([['node-1', status('node-1', { version: '1.10.0' })]]) },
    [
      'WARN versions-differ | daemons | the newest one is 1.10.0, and this plugin is 1.0.0 | kubectl hostpath-provisioner version',
    ],
  ],
  [
    'a base directory whose disk is not mounted',
    base({ usable: false, reason: 'BaseDirectoryNotMounted', message: '/mnt/disk is not mounted. Mount it' }),
    [
      'FAIL base-directory-unusable | node node-1 | /mnt/disk cannot be used: BaseDirectoryNotMounted: /mnt/disk is not mounted | mount /mnt/disk # on node node-1',
      unusable,
    ],
  ],
  [
    'a base directory that cannot be used for a reason without a command',
    base({ usable: false, reason: 'BaseDirectoryOfNewerVersion', message: 'a later release wrote it' }),
    [
      'FAIL base-directory-unusable | node node-1 | /mnt/disk cannot be used: BaseDirectoryOfNewerVersion: a later release wrote it | kubectl describe node node-1',
      unusable,
    ],
  ],
  [
    'a base directory in memory',
    base({ fileSystem: 'tmpfs' }),
    [
      `WARN base-directory-in-memory | node node-1 | /mnt/disk is on tmpfs: volumes are lost at a restart | ${system} edit daemonset hostpath-provisioner`,
    ],
  ],
  [
    'a base directory with few bytes',
    base({ freeBytes: 2 ** 30 }),
    [
      'WARN base-directory-almost-full | node node-1 | /mnt/disk is almost full: 1 GiB of 100 GiB and 500 of 1000 inodes free | du -xsh /mnt/disk/* | sort -h # on node node-1',
    ],
  ],
  [
    'a base directory with few inodes',
    base({ freeInodes: 3 }),
    [
      'WARN base-directory-almost-full | node node-1 | /mnt/disk is almost full: 50 GiB of 100 GiB and 3 of 1000 inodes free | du -xsh /mnt/disk/* | sort -h # on node node-1',
    ],
  ],
  [
    'a base directory that has another path on its disk',
    base({ elsewhere: '/other' }),
    [
      `WARN base-directory-elsewhere | node node-1 | /mnt/disk has the path /other on its disk: pods may not find their volumes | ${system} edit daemonset hostpath-provisioner`,
    ],
  ],
  [
    'limits that nothing holds',
    base({ limitsHeld: false }),
    [
      'FAIL limits-not-held | node node-1 | /mnt/disk has volumes with limits, and nothing holds them | findmnt -no SOURCE,FSTYPE,OPTIONS -T /mnt/disk # on node node-1',
    ],
  ],
  [
    'a base directory that has promised more than it has',
    base({ promisedBytes: 99 * 2 ** 30, reservedBytes: 5 * 2 ** 30 }),
    [
      'WARN promised-too-much | node node-1 | /mnt/disk has promised 99 GiB, and has 95 GiB to promise | kubectl get pv -l hostpath-provisioner/node=node-1',
    ],
  ],
  ['a claim that waits for its first pod', waiting(), []],
  ['a claim of a volume that its user chose', waiting({ spec: { volumeName: 'own' } }), []],
  [
    'a claim for which there is no space',
    waiting(
      { metadata: onNode('node-1') },
      { events: { found: [event('uid-pg', 'ProvisioningFailed', 'NoSpace: the disk is full')] } },
    ),
    [
      'FAIL claim-pending | claim dev/pg | Pending 4m: NoSpace: the disk is full | df -h /mnt/disk; df -i /mnt/disk # on node node-1',
    ],
  ],
  [
    'a claim with a selector, on which an earlier warning was another one',
    waiting(
      { metadata: onNode('node-1') },
      {
        events: {
          found: [
            event('uid-pg', 'ProvisioningFailed', 'Selector: the claim has a selector'),
            event('uid-pg', 'ProvisioningFailed', 'NoSpace: full', { lastTimestamp: '2026-11-29T10:00:00Z' }),
          ],
        },
      },
    ),
    [
      `FAIL claim-pending | claim dev/pg | Pending 4m: Selector: the claim has a selector | ${recreate('pvc pg -n dev', 'claim.yaml')}`,
    ],
  ],
  [
    'a claim that failed for a reason without a command',
    waiting(
      { metadata: onNode('node-1') },
      { events: { found: [event('uid-pg', 'ProvisioningFailed', 'Defect: an error')] } },
    ),
    ['FAIL claim-pending | claim dev/pg | Pending 4m: Defect: an error | kubectl describe pvc pg -n dev'],
  ],
  [
    'a claim of a daemon that is not ready, and has said why',
    {
      ...waiting(
        { metadata: onNode('node-1') },
        { events: { found: [event('uid-pg', 'ProvisioningFailed', 'NoSpace: the disk is full')] } },
      ),
      daemons: { found: [daemon('node-1', { ready: false })] },
    },
    [
      `FAIL daemon-not-ready | node node-1 | its daemon is not ready | ${system} logs hostpath-provisioner-node-1`,
      'FAIL claim-pending | claim dev/pg | Pending 4m: NoSpace: the disk is full | df -h /mnt/disk; df -i /mnt/disk # on node node-1',
    ],
  ],
  [
    'a claim that waits for a pod again since its node has gone',
    waiting({}, { events: { found: [event('uid-pg', 'NodeGivenBack', 'SelectedNodeGone: it does not exist')] } }),
    [],
  ],
  [
    'a volume without its directory, of a disk that is not there',
    {
      statuses: new Map([
        [
          'node-1',
          status('node-1', {
            baseDirectories: [baseDirectory({ usable: false, reason: 'BaseDirectoryMissing', message: 'gone' })],
            volumes: [{ volume: 'pvc-pg', pool: 'default', capacityBytes: 1, directoryMissing: true }],
          }),
        ],
      ]),
    },
    [
      'FAIL base-directory-unusable | node node-1 | /mnt/disk cannot be used: BaseDirectoryMissing: gone | mkdir -p /mnt/disk # on node node-1',
      unusable,
    ],
  ],
  [
    'a claim of whose warnings none is of a daemon',
    waiting({}, { events: { found: [event('uid-pg', 'ProvisioningFailed', 'no', { reportingComponent: 'other' })] } }),
    [],
  ],
  [
    'a claim for a node without a daemon',
    { ...waiting({ metadata: onNode('node-2') }), ...twoNodes },
    [`FAIL claim-without-daemon | claim dev/pg | Pending 4m: the daemon of its node node-2 does not run | ${pods}`],
  ],
  [
    'a claim that any daemon may serve, and none is there',
    {
      ...waiting(),
      classes: { found: [storageClass('fast', { volumeBindingMode: 'Immediate' })] },
      daemons: { found: [] },
      statuses: new Map(),
    },
    [
      `FAIL no-daemon | daemons | none runs | ${system} describe daemonset hostpath-provisioner`,
      `FAIL claim-without-daemon | claim dev/pg | Pending 4m: no daemon is ready | ${pods}`,
      unasked,
    ],
  ],
  [
    'a claim that is long without an answer',
    waiting({ metadata: onNode('node-1') }),
    ['WARN claim-unanswered | claim dev/pg | Pending 4m, and no Event says why | kubectl describe pvc pg -n dev'],
  ],
  [
    'a claim of a class that is not there',
    { others: { claims: { found: [claim('pg', { spec: { storageClassName: 'gone' } })] }, classes: { found: [] } } },
    ['WARN claim-class-missing | claim dev/pg | Pending 4m: class "gone" does not exist | kubectl get storageclass'],
  ],
  [
    'a class of a misspelt provisioner, with a claim',
    {
      others: {
        claims: { found: [claim('pg', { spec: { storageClassName: 'own' } })] },
        classes: { found: [storageClass('own', { provisioner: 'exmaple.com/hostpath' })] },
      },
    },
    [
      `FAIL claim-not-served | claim dev/pg | Pending 4m: no daemon serves the provisioner "exmaple.com/hostpath" of class "own" | ${recreateClass}`,
      `WARN class-not-served | class own | no daemon serves its provisioner "exmaple.com/hostpath", but hostpath-provisioner or example.com/hostpath | ${recreateClass}`,
    ],
  ],
  ...[
    'k8s.io/minikube-hostpath',
    'microk8s.io/hostpath',
    'docker.io/hostpath',
    'rancher.io/local-path',
    'ebs.csi.aws.com',
  ].map((provisioner): (typeof cases)[number] => [`a class of ${provisioner}`, foreign(provisioner), []]),
  [
    'a claim that cannot grow',
    {
      claims: {
        found: [boundClaim('pg', { spec: { volumeName: 'pvc-pg', resources: { requests: { storage: '9Gi' } } } })],
      },
      events: { found: [event('uid-pg', 'VolumeResizeFailed', 'NoRoom: the claim asks for 9Gi')] },
    },
    [
      'WARN claim-cannot-grow | claim dev/pg | has 1Gi and asks for 9Gi: NoRoom: the claim asks for 9Gi | kubectl get pv -l hostpath-provisioner/node=node-1',
    ],
  ],
  [
    'a claim whose status says that it cannot grow',
    {
      claims: {
        found: [
          boundClaim('pg', {
            spec: { volumeName: 'pvc-pg', resources: { requests: { storage: '9Gi' } } },
            status: {
              phase: 'Bound',
              capacity: { storage: '1Gi' },
              allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' },
              conditions: [{ type: 'ControllerResizeError', status: 'True', message: 'too much' }],
            },
          }),
        ],
      },
    },
    ['WARN claim-cannot-grow | claim dev/pg | has 1Gi and asks for 9Gi: too much | kubectl describe pvc pg -n dev'],
  ],
  [
    'a claim whose volume object is gone',
    { claims: { found: [boundClaim('pg', { status: { phase: 'Lost' } })] }, volumes: { found: [] } },
    ['FAIL claim-lost | claim dev/pg | its volume pvc-pg does not exist any more | kubectl describe pvc pg -n dev'],
  ],
  [
    'a claim that could not grow, and has the size by now',
    { events: { found: [event('uid-pg', 'VolumeResizeFailed', 'NoRoom: the claim asks for 9Gi')] } },
    [],
  ],
  [
    'a volume without its directory',
    using({ directoryMissing: true }),
    [
      'FAIL volume-directory-missing | claim dev/pg | the directory of its volume pvc-pg on node node-1 is gone | kubectl describe pvc pg -n dev',
    ],
  ],
  [
    'a volume over its request',
    using({ usedBytes: 1.2 * 2 ** 30 }),
    [
      `WARN volume-over-request | claim dev/pg | its volume uses 1.2 GiB of 1 GiB, and no limit holds it | kubectl patch pvc pg -n dev -p '{"spec":{"resources":{"requests":{"storage":"2Gi"}}}}'`,
    ],
  ],
  [
    'a volume in use outside the base directories of its daemon, and one inside',
    {
      volumes: {
        found: [
          volume('pg', { spec: { hostPath: { path: '/srv/former/pvc-pg' } } }),
          volume('kafka', { spec: { local: { path: '/mnt/disk/pvc-kafka' } } }),
        ],
      },
    },
    [
      `WARN volume-elsewhere | claim dev/pg | its volume pvc-pg lies at /srv/former/pvc-pg, in no base directory of the daemon on node node-1 | ${system} edit daemonset hostpath-provisioner`,
    ],
  ],
  [
    'a volume outside the base directories of a daemon that does not answer',
    { volumes: { found: [volume('pg', { spec: { hostPath: { path: '/srv/former/pvc-pg' } } })] }, statuses: new Map() },
    [],
  ],
  ['a volume that uses all of its request', using({ usedBytes: 2 ** 30 }), []],
  [
    'a volume in use of a node that is gone',
    { volumes: { found: [volume('pg', {}, 'node-9')] } },
    [
      'FAIL volume-of-lost-node | claim dev/pg | the node node-9 of its volume pvc-pg does not exist any more | kubectl describe pvc pg -n dev',
    ],
  ],
  [
    'a Released volume of a node that is gone',
    { volumes: { found: [volume('pg', { status: { phase: 'Released' } }, 'node-9')] } },
    [
      `FAIL volume-of-lost-node | volume pvc-pg | its node node-9 does not exist any more, so nobody deletes it | kubectl delete pv pvc-pg --wait=false; kubectl patch pv pvc-pg --type=merge -p '{"metadata":{"finalizers":null}}'`,
    ],
  ],
  [
    'a Released volume, one that is being deleted, and one that is still bound, of a node without a daemon',
    {
      ...twoNodes,
      volumes: {
        found: [
          volume('a', { status: { phase: 'Released' } }, 'node-2'),
          volume('b', { metadata: removed, status: { phase: 'Released' } }, 'node-2'),
          volume('c', { metadata: removed }, 'node-2'),
        ],
      },
    },
    [
      `FAIL daemon-missing | node node-2 | no daemon runs on it, and it holds volumes | ${system} describe daemonset hostpath-provisioner`,
      `WARN volume-not-deleted | volume pvc-a | is Released, and no daemon runs on node node-2 to delete it | ${pods}`,
      `WARN finalizer-hangs | volume pvc-b | no daemon runs on node node-2 to take its finalizer off | ${pods}`,
    ],
  ],
  [
    'a Released volume that is kept',
    {
      volumes: {
        found: [volume('pg', { spec: { persistentVolumeReclaimPolicy: 'Retain' }, status: { phase: 'Released' } })],
      },
    },
    [],
  ],
  [
    'a Released volume that its daemon cannot delete',
    {
      volumes: { found: [volume('pg', { status: { phase: 'Released' } })] },
      events: { found: [event('uid-pvc-pg', 'VolumeFailedDelete', 'PermissionDenied: it is immutable')] },
    },
    [
      'WARN volume-not-deleted | volume pvc-pg | is not deleted: PermissionDenied: it is immutable | lsattr -d /mnt/disk # on node node-1',
    ],
  ],
  [
    'orphans',
    base({ orphans: 2 }),
    [
      'WARN orphans | node node-1 | /mnt/disk has 2 directories without a record | kubectl hostpath-provisioner orphans --node node-1',
    ],
  ],
  [
    'directories of another cluster',
    { statuses: new Map([['node-1', status('node-1', { keptDirectories: { AnotherCluster: 1, Abandoned: 0 } })]]) },
    [
      'WARN kept-directories | node node-1 | keeps 1 directory of another cluster: AnotherCluster | kubectl hostpath-provisioner orphans --node node-1',
    ],
  ],
  [
    'a large trash',
    base({ trash: { usedBytes: 10 * 2 ** 30, volumes: [] } }),
    [
      'WARN trash-large | node node-1 | the trash of /mnt/disk takes 10 GiB of 100 GiB | kubectl hostpath-provisioner trash --node node-1',
    ],
  ],
  [
    'a class that binds immediately among several nodes',
    {
      ...twoNodes,
      classes: {
        found: [
          storageClass('fast', { volumeBindingMode: 'Immediate' }),
          storageClass('one', {
            volumeBindingMode: 'Immediate',
            allowedTopologies: [{ matchLabelExpressions: [{ key: 'kubernetes.io/hostname', values: ['node-1'] }] }],
          }),
        ],
      },
    },
    [
      'WARN class-immediate | class fast | binds immediately among 2 nodes: the volumes of a pod may lie on different ones | kubectl get storageclass fast -o yaml | sed s/Immediate/WaitForFirstConsumer/ | kubectl replace --force -f -',
    ],
  ],
  [
    'two default classes',
    {
      classes: {
        found: ['old', 'new'].map((name, index) =>
          storageClass(name, {
            metadata: {
              annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
              creationTimestamp: `2026-11-2${index}T00:00:00Z`,
            },
          }),
        ),
      },
    },
    [
      'WARN default-classes | classes | new, old are the default: claims get the newest, new | kubectl annotate storageclass old storageclass.kubernetes.io/is-default-class-',
    ],
  ],
  [
    'a daemon without a right, by /readyz',
    { statuses: new Map([['node-1', status('node-1', { troubles: ['nodes: cannot list nodes: forbidden'] })]]) },
    [
      `FAIL daemon-not-ready | node node-1 | its daemon is not ready: nodes: cannot list nodes: forbidden | ${system} logs hostpath-provisioner-node-1`,
      'FAIL daemon-right-missing | node node-1 | the daemon lacks a right: nodes: cannot list nodes: forbidden | kubectl apply -f rbac/',
    ],
  ],
  [
    'a daemon without a right, by an Event of a claim that waits',
    {
      claims: { found: [claim('pg', { metadata: onNode('node-1') })] },
      events: { found: [event('uid-pg', 'ProvisioningFailed', 'ApiServerForbidden: may not create')] },
    },
    [
      'FAIL claim-pending | claim dev/pg | Pending 4m: ApiServerForbidden: may not create | kubectl apply -f rbac/',
      'FAIL daemon-right-missing | node node-1 | the daemon lacks a right: ApiServerForbidden: may not create | kubectl apply -f rbac/',
    ],
  ],
  [
    'an Event of a right that is granted by now',
    { events: { found: [event('uid-pg', 'ProvisioningFailed', 'ApiServerForbidden: may not create')] } },
    [],
  ],
  [
    'no right to list Events',
    { events: { problem: 'the right to list events is missing' } },
    [
      'WARN unread | Events | claims, volumes, rights could not be checked: the right to list events is missing | kubectl auth can-i list events -A',
    ],
  ],
  [
    'no right to ask the daemons',
    {
      ...twoNodes,
      ...twoDaemons,
      statuses: new Map(
        ['node-1', 'node-2'].map((name) => [name, { problem: 'the right to get pods/proxy is missing' }]),
      ),
    },
    [
      'WARN unread | nodes | daemons, base directories, volumes, leftovers, rights could not be checked on 2 nodes, such as node-1: the right to get pods/proxy is missing | kubectl auth can-i get pods/proxy -n hostpath-provisioner-system',
    ],
  ],
];

test('says in a line for each group that nothing is wrong', () => {
  expect(findingLines(findings(healthy(), nowMs, '1.0.0'), { colour: false })).toEqual([
    '[OK]    daemons            1 of 1 ready, 1.0.0',
    '[OK]    base directories   1 usable, 50 GiB or more free',
    '[OK]    claims             1 bound',
    '[OK]    volumes            1, each with its directory, and none over its request',
    '[OK]    leftovers          no orphans, 0 KiB in the trash',
    '[OK]    classes            fast served',
    '[OK]    rights             none is missing',
  ]);
});

test('paints the mark of each level, and nothing else', () => {
  const [good, bad] = findingLines(
    [
      { level: 'OK', check: 'daemons', subject: 'daemons', text: 'well' },
      { level: 'FAIL', check: 'no-daemon', subject: 'daemons', text: 'none runs', command: 'true' },
    ],
    { colour: true },
  );
  expect(good).toBe('\u001b[32m[OK]\u001b[0m    daemons   well');
  expect(bad).toBe('\u001b[31m[FAIL]\u001b[0m  daemons   none runs');
});

test.each(cases)('finds in a cluster with %s', (_, changes, found) => {
  expect(wrong(changes)).toEqual(found);
});

test('has a case for each check', () => {
  const found = cases.flatMap(([, , lines]) => lines.map((line) => line.split(' ')[1]));
  expect(Object.keys(checks).filter((name) => !found.includes(name))).toEqual([]);
});

test('names all that one problem kept from being read', () => {
  const problem = 'the API server does not answer';
  const found = findings(healthy({ claims: { problem }, nodes: { problem }, volumes: { problem } }), nowMs);
  expect(found.filter(({ check }) => check === 'unread')).toMatchObject([
    { subject: 'claims, volumes, nodes', command: "kubectl get --raw '/readyz?verbose'" },
  ]);
  expect(found.filter(({ level }) => level === 'OK').map(({ subject }) => subject)).toEqual([
    'base directories',
    'leftovers',
  ]);
});

test.each(['claims', 'volumes', 'classes', 'nodes', 'daemonSets', 'daemons', 'events'] as const)(
  'calls nothing well that rests on %s which could not be read',
  (part) => {
    const found = findings(healthy({ [part]: { problem: 'refused' } }), nowMs, '1.0.0');
    const line = found.find(({ check }) => check === 'unread')?.text ?? '';
    const [unchecked = ''] = line.split(' could not be checked');
    expect(unchecked).not.toBe('');
    expect(found.filter(({ level }) => level === 'FAIL')).toEqual([]);
    const well = found.filter(({ level }) => level === 'OK').map(({ subject }) => subject);
    expect(well.filter((name) => unchecked.split(', ').includes(name))).toEqual([]);
  },
);
