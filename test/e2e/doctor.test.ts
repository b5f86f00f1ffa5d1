import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, expect } from 'vitest';
import { checks } from '../../src/plugin/doctor/checks.ts';
import { kubeconfigAs, untilGranted } from './asking.ts';
import { describeEndToEnd, testOnCluster } from './e2e-test.ts';
import { NodeDisk } from './node-disk.ts';
import { claim, storageClass } from './objects.ts';
import { PluginShell } from './plugin-shell.ts';
import { SecondNode } from './second-node.ts';
import type { TestCluster } from './test-cluster.ts';
import { Doctor } from './typed-doctor.ts';
import {
  createReleasedVolume,
  forbidClasses,
  leaveVolumeOfAnotherCluster,
  loseVolumeOf,
  patchDaemonSet,
  selectNode,
  selectNodes,
} from './wrong-cluster.ts';

const mebibyte = 1024 * 1024;
const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
const storage = (size: string) => ({ resources: { requests: { storage: size } } });

const test = testOnCluster({
  daemon: 'overlays/pools',
  prepare: (node) => {
    for (const path of ['/mnt/ssd', '/mnt/hdd']) new NodeDisk(node, path).make(64 * mebibyte).mount();
  },
})
  .extend('doctor', { scope: 'file' }, async ({ cluster }, { onCleanup }) => {
    const shell = await PluginShell.open(cluster.node.adminKubeconfigPath);
    onCleanup(() => shell[Symbol.asyncDispose]());
    return new Doctor(shell, cluster);
  })
  .extend('secondNode', { scope: 'file' }, ({ cluster }) => new SecondNode(cluster));

const startedAt = performance.now();
afterAll(() => console.log(`doctor: ${Math.round((performance.now() - startedAt) / 1_000)} s in all`));

/** Creates a claim for the first node, and waits until it has its volume. @returns the volume's directory */
async function volumeFor(cluster: TestCluster, name: string, className: string, size = '1Mi'): Promise<string> {
  const { spec, ...rest } = claim(name, className);
  await cluster.create({ ...rest, spec: { ...spec, ...storage(size) } });
  await cluster.selectNode(name);
  return (await cluster.untilBound(name)).directory;
}

/** Ends the daemon of the first node, whose DaemonSet starts another one. */
async function restartDaemon(cluster: TestCluster): Promise<void> {
  const ofNode = ['-n', 'hostpath-provisioner-system', '--field-selector=spec.nodeName=node-1'];
  await cluster.kubectl('delete', 'pods', ...ofNode, '--wait=false');
}

const write = (directory: string, bytes: number): void => appendFileSync(join(directory, 'data'), Buffer.alloc(bytes));

describeEndToEnd('kubectl hostpath-provisioner doctor', () => {
  test('says in a few lines that a cluster is well', async ({ cluster, doctor }) => {
    await doctor.finds([{ level: 'OK', subject: 'leftovers', text: 'no orphans, 0 KiB in the trash' }]);
    const { code, stdout } = await doctor.shell.run('kubectl hostpath-provisioner doctor');
    expect({ code, lines: stdout.trimEnd().split('\n') }).toEqual({
      code: 0,
      lines: [
        expect.stringMatching(/^\[OK\] {4}daemons {12}1 of 1 ready, \d/),
        expect.stringMatching(/^\[OK\] {4}base directories {3}2 usable, .* free$/),
        '[OK]    claims             0 bound',
        expect.stringMatching(/^\[OK\] {4}volumes/),
        '[OK]    leftovers          no orphans, 0 KiB in the trash',
        '[OK]    classes            example-hostpath, hostpath-hdd, hostpath-ssd served',
        expect.stringMatching(/^\[OK\] {4}rights/),
      ],
    });
    const yaml = load((await doctor.shell.run('kubectl hostpath-provisioner doctor -o yaml')).stdout);
    expect(yaml).toMatchObject({ kind: 'FindingList', items: await doctor.findings() });
    const nobody = kubeconfigAs({ user: 'nobody' }, cluster, doctor.shell);
    const refused = await doctor.shell.run('kubectl hostpath-provisioner doctor', { KUBECONFIG: nobody });
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/the right to list nodes is missing/),
    });
  });

  test('finds what is wrong with claims, classes and disks', async ({ cluster, doctor, secondNode }) => {
    const [program = '', ...enter] = cluster.node.enter;
    const shadow = 'mount -t tmpfs tmpfs /mnt/ssd && mkdir /mnt/ssd/of-somebody';
    execFileSync(program, [...enter, 'sh', '-c', shadow]);
    const kept = { pool: 'hdd', trashRetention: '1h' };
    await cluster.create(storageClass('kept', { allowVolumeExpansion: true, parameters: kept }));
    const strict = { pool: 'hdd', overcommit: '1.0' };
    await cluster.create(storageClass('strict', { allowVolumeExpansion: true, parameters: strict }));
    write(await volumeFor(cluster, 'over', 'kept'), 3 * mebibyte);
    write(await volumeFor(cluster, 'removed', 'kept', '20Mi'), 10 * mebibyte);
    rmSync(await volumeFor(cluster, 'lost', 'hostpath-hdd'), { recursive: true });
    await volumeFor(cluster, 'growing', 'strict');
    await volumeFor(cluster, 'large', 'hostpath-hdd', '1Gi');
    await cluster.api.patch(`${claims}/growing`, { spec: storage('10Gi') });

    const { spec, ...rest } = claim('choosy', 'hostpath-hdd');
    await cluster.create({ ...rest, spec: { ...spec, selector: { matchLabels: { disk: 'fast' } } } });
    await cluster.selectNode('choosy');
    await cluster.create(claim('classless', 'gone'));
    await cluster.create(
      storageClass('misspelt', { provisioner: 'exmaple.com/hostpath', parameters: { pool: 'hdd' } }),
    );
    await cluster.create(claim('unserved', 'misspelt'));
    const isDefault = 'storageclass.kubernetes.io/is-default-class=true';
    await cluster.kubectl('annotate', 'storageclass', 'hostpath-ssd', 'hostpath-hdd', isDefault);
    await secondNode.register();
    await cluster.create(claim('distant', 'hostpath-hdd'));
    await selectNode(cluster, 'distant', secondNode.name);

    await doctor.finds([
      { level: 'FAIL', check: 'daemon-missing', subject: 'node node-2' },
      { check: 'base-directory-in-memory', text: expect.stringContaining('/mnt/ssd is on tmpfs') },
      { check: 'promised-too-much', text: expect.stringMatching(/^\/mnt\/hdd has promised 1.0\d GiB, /) },
      { check: 'claim-pending', subject: 'claim default/choosy', text: expect.stringMatching(/: Selector: /) },
      { check: 'claim-without-daemon', subject: 'claim default/distant' },
      { check: 'claim-class-missing', subject: 'claim default/classless' },
      { check: 'claim-not-served', subject: 'claim default/unserved' },
      { check: 'claim-cannot-grow', subject: 'claim default/growing', text: expect.stringMatching(/10Gi: NoRoom/) },
      { check: 'volume-directory-missing', subject: 'claim default/lost' },
      { check: 'orphans', subject: 'node node-1', text: '/mnt/ssd has 1 directory without a record' },
      { check: 'class-immediate', subject: 'class strict' },
      { check: 'class-not-served', subject: 'class misspelt' },
      { check: 'default-classes', subject: 'classes' },
    ]);
    const { code, stdout } = await doctor.shell.run('kubectl hostpath-provisioner doctor');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^\[FAIL\] {2}claim default\/choosy +Pending \S+: Selector: .*\n {8}kubectl get pvc choosy /m,
    );
    expect(stdout).not.toContain('[OK]    claims');
  });

  test('gives commands that mend claims and classes, or show more of them', async ({ cluster, doctor }) => {
    await doctor.type('claim-pending', 'claim default/choosy', { EDITOR: 'sed -i /selector:/,+2d' });
    await doctor.type('claim-not-served', 'claim default/unserved');
    await doctor.type('class-not-served', 'class misspelt', { EDITOR: 'sed -i s/exmaple/example/' });
    await doctor.type('default-classes', 'classes');
    await doctor.type('class-immediate', 'class strict');
    await doctor.type('claim-cannot-grow', 'claim default/growing');
    expect(await doctor.type('claim-class-missing', 'claim default/classless')).toContain('hostpath-hdd');
    expect(await doctor.type('claim-without-daemon', 'claim default/distant')).toContain('node-1');
    expect(await doctor.type('daemon-missing', 'node node-2')).toContain('Name:');
    expect(await doctor.type('volume-directory-missing', 'claim default/lost')).toContain('VolumeDirectoryMissing');
    expect(await doctor.type('promised-too-much', 'node node-1')).toContain('default/large');
    await doctor.type('base-directory-in-memory', 'node node-1');
    expect(await doctor.type('orphans', 'node node-1')).toContain('of-somebody');
    await cluster.kubectl('delete', 'pvc', 'lost', 'unserved', '--wait=false');
    await doctor.findsNoMore('claim-pending', 'claim-not-served', 'class-not-served', 'default-classes');
  });

  test('finds old daemons, claims without an answer, volumes over their request, and full disks', async ({
    cluster,
    doctor,
    secondNode,
  }) => {
    await secondNode.takeDaemon();
    await doctor.finds([
      { check: 'daemon-not-ready', subject: 'node node-2' },
      { check: 'unread', subject: 'node node-2' },
    ]);
    expect(await doctor.type('unread', 'node node-2')).toContain('Pending');
    await secondNode.startDaemon('9.0.0');
    const beat = () => secondNode.beat();
    await doctor.finds(
      [
        { check: 'daemon-old', subject: 'node node-1' },
        { check: 'versions-differ', text: expect.stringMatching(/^the newest one is 9.0.0, and this plugin is /) },
        { check: 'claim-unanswered', subject: 'claim default/distant' },
        {
          check: 'volume-over-request',
          subject: 'claim default/over',
          text: expect.stringMatching(/uses 3.* MiB of 1 MiB/),
        },
      ],
      beat,
    );
    expect(await doctor.type('versions-differ', 'daemons')).toContain('9.0.0 on 1 node');
    expect(await doctor.type('claim-unanswered', 'claim default/distant')).toContain('node-2');
    await doctor.type('volume-over-request', 'claim default/over');
    await cluster.kubectl('delete', 'pvc', 'removed', '--wait');
    await doctor.finds(
      [{ check: 'trash-large', text: expect.stringMatching(/^the trash of \/mnt\/hdd takes 10 MiB/) }],
      beat,
    );
    expect(await doctor.type('trash-large', 'node node-1')).toContain('default/removed');
    new NodeDisk(cluster.node, '/mnt/hdd').fill();
    const lack = expect.stringMatching(/^\/mnt\/hdd is almost full: 0 KiB of .* and \d of \d+ inodes free$/);
    await doctor.finds([{ check: 'base-directory-almost-full', subject: 'node node-1', text: lack }], beat);
    expect(await doctor.type('base-directory-almost-full', 'node node-1')).toContain('/mnt/hdd/rest');
    new NodeDisk(cluster.node, '/mnt/hdd').free();
    await doctor.findsNoMore('base-directory-almost-full');
  });

  test('finds which rights are missing, and what another cluster has left', async ({ cluster, doctor }) => {
    leaveVolumeOfAnotherCluster(cluster, '/mnt/hdd');
    await forbidClasses(cluster);
    await restartDaemon(cluster);
    await doctor.finds([
      {
        check: 'daemon-not-ready',
        subject: 'node node-1',
        text: expect.stringMatching(/: storageclasses: .*forbidden/),
      },
      { check: 'daemon-right-missing', subject: 'node node-1' },
    ]);
    expect(await doctor.type('daemon-not-ready', 'node node-1')).toContain('storageclasses');
    await doctor.type('daemon-right-missing', 'node node-1');
    await doctor.findsNoMore('daemon-right-missing');
    await doctor.finds([
      { check: 'kept-directories', text: 'keeps 1 directory of another cluster: AnotherCluster' },
      { check: 'limits-not-held', text: '/mnt/hdd has volumes with limits, and nothing holds them' },
    ]);
    expect(await doctor.type('limits-not-held', 'node node-1')).toContain('ext4');
    expect(await doctor.type('kept-directories', 'node node-1')).toContain('AnotherCluster');
  });

  test('finds what a user may not read, and what is not checked therefore', async ({ cluster, doctor }) => {
    const resources = '--resource=pv,pvc,sc,nodes,ds,pods,pods/proxy';
    await cluster.kubectl('create', 'clusterrole', 'looks', '--verb=get,list', resources);
    await cluster.kubectl('create', 'clusterrolebinding', 'looks', '--clusterrole=looks', '--user=looks');
    const { rules } = await cluster.api.get('/apis/rbac.authorization.k8s.io/v1/clusterroles/looks');
    const looks = { user: 'looks' };
    await untilGranted(cluster, looks, rules);
    const env = { KUBECONFIG: kubeconfigAs(looks, cluster, doctor.shell) };
    expect(await doctor.findings(env)).toContainEqual({
      level: 'WARN',
      check: 'unread',
      subject: 'Events',
      text: 'claims, volumes, rights could not be checked: the right to list events in all namespaces is missing',
      command: 'kubectl auth can-i list events -A',
    });
    expect(await doctor.shell.run('kubectl auth can-i list events -A', env)).toMatchObject({ code: 1, stdout: 'no\n' });
  });

  test('finds nodes without a daemon, and what nobody deletes there', async ({ cluster, doctor, secondNode }) => {
    const lost = await createReleasedVolume(cluster, secondNode.name);
    await selectNodes(cluster, { 'kubernetes.io/hostname': secondNode.name });
    await doctor.finds([{ check: 'daemon-missing', subject: 'node node-1' }]);
    const { spec } = await cluster.api.get(`${claims}/over`);
    await cluster.kubectl('delete', 'pvc', 'over', '--wait');
    await cluster.kubectl('delete', 'pv', spec.volumeName, '--wait=false');
    await loseVolumeOf(cluster, 'large');
    const growing = await cluster.api.get(`${claims}/growing`);
    await cluster.kubectl('delete', 'pvc', 'growing', '--wait');
    await doctor.finds([
      { check: 'finalizer-hangs', subject: `volume ${spec.volumeName}` },
      { check: 'volume-not-deleted', subject: `volume ${growing.spec.volumeName}` },
      { check: 'claim-lost', subject: 'claim default/large' },
    ]);
    await doctor.type('finalizer-hangs', `volume ${spec.volumeName}`);
    await doctor.type('volume-not-deleted', `volume ${growing.spec.volumeName}`);
    await doctor.type('claim-lost', 'claim default/large');
    await selectNodes(cluster, { disk: 'none' });
    await secondNode.remove();
    await doctor.finds([
      { check: 'no-daemon', subject: 'daemons', text: expect.stringContaining('no node has the label disk=none') },
      { check: 'unread', subject: 'daemons' },
      { check: 'volume-of-lost-node', subject: `volume ${lost}` },
    ]);
    await doctor.type('volume-of-lost-node', `volume ${lost}`);
    await doctor.findsNoMore('volume-of-lost-node');
  });

  test('finds a disk that is not mounted, and a base directory that lies elsewhere on the node', async ({
    cluster,
    doctor,
  }) => {
    new NodeDisk(cluster.node, '/mnt/hdd').unmount();
    const { spec } = await cluster.api.get(
      '/apis/apps/v1/namespaces/hostpath-provisioner-system/daemonsets/hostpath-provisioner',
    );
    const index = spec.template.spec.volumes.findIndex(({ name }: { name: string }) => name === 'ssd');
    await patchDaemonSet(cluster, {
      op: 'replace',
      path: `/spec/template/spec/volumes/${index}/hostPath/path`,
      value: '/srv/other',
    });
    expect(await doctor.type('daemon-old', 'node node-1')).toContain('restarted');
    await doctor.type('no-daemon', 'daemons');
    await doctor.finds([
      { check: 'base-directory-unusable', subject: 'node node-1', command: 'mount /mnt/hdd # on node node-1' },
      {
        check: 'base-directory-elsewhere',
        text: expect.stringMatching(/^\/mnt\/ssd has the path .*\/srv\/other on its disk/),
      },
    ]);
    await doctor.type('base-directory-elsewhere', 'node node-1');
    const disks = join(cluster.node.tmpPath, 'fstab');
    writeFileSync(disks, '/tmp/hdd.img /mnt/hdd ext4 loop 0 0\n');
    await doctor.type('base-directory-unusable', 'node node-1', { LIBMOUNT_FSTAB: '/tmp/fstab' });
    await doctor.findsNoMore('base-directory-unusable', 'no-daemon', 'finalizer-hangs', 'volume-not-deleted');
  });

  test('finds a disk that is read-only, a base directory that was removed, and volumes of one that was taken away', async ({
    cluster,
    doctor,
  }) => {
    new NodeDisk(cluster.node, '/mnt/hdd').makeReadOnly();
    await doctor.finds([
      { check: 'base-directory-unusable', text: expect.stringMatching(/^\/mnt\/hdd .*: ReadOnly: /) },
    ]);
    await doctor.type('base-directory-unusable', 'node node-1');
    await doctor.findsNoMore('base-directory-unusable');

    await volumeFor(cluster, 'former', 'hostpath-ssd');
    rmSync(join(cluster.node.rootPath, '/srv/other'), { recursive: true });
    await doctor.finds([
      {
        check: 'base-directory-unusable',
        text: expect.stringMatching(/^\/mnt\/ssd .*: BaseDirectoryMissing: .* was removed on the node/),
        command: 'mkdir -p /mnt/ssd # on node node-1',
      },
    ]);

    await patchDaemonSet(cluster, {
      op: 'replace',
      path: '/spec/template/spec/containers/0/env/1/value',
      value: 'hdd=/mnt/hdd',
    });
    await restartDaemon(cluster);
    await doctor.finds([{ check: 'volume-elsewhere', subject: 'claim default/former' }]);
    await doctor.type('volume-elsewhere', 'claim default/former');
  });

  test('has found something by each of its checks, and the commands were typed', ({ doctor }) => {
    expect(Object.keys(checks).filter((name) => !doctor.seen.has(name))).toEqual([]);
    expect(Object.keys(checks).filter((name) => !doctor.typed.has(name))).toEqual([]);
  });
});
