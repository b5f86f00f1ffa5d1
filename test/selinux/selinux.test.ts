import { test as base, describe, expect, inject } from 'vitest';
import { hostAddress } from '../machine/virtual-machine.ts';
import { Cluster } from '../support/cluster.ts';
import { readManifests } from '../support/manifests.ts';
import { until } from '../support/until.ts';
import { baseDirectory, Machine } from './machine.ts';

const [scc] = readManifests('rbac/openshift/scc.yaml');
const allLevels: string = scc.seLinuxContext.seLinuxOptions.level;
const ownLevel = 's0:c5,c6';
const tenant = 's0:c1,c2';
const otherTenant = 's0:c3,c4';
const slow = { withinMs: 180_000, everyMs: 250 }; // where there is no KVM

const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('machine', { scope: 'file' }, async ({}, { onCleanup }) => {
    const machine = await Machine.boot();
    onCleanup(() => machine[Symbol.asyncDispose]());
    await machine.run(`chcon -Rt container_file_t ${baseDirectory}`); // as README.md tells
    return machine;
  })
  .extend('node', async ({ machine }, { onCleanup }) => {
    await machine.stopDaemon();
    await machine.run(`rm -rf ${baseDirectory}/* ${baseDirectory}/.hostpath-provisioner`); // it was another node's
    const cluster = await Cluster.make(inject('adminKubeconfigPath'));
    onCleanup(() => cluster.remove());
    return new Node(machine, cluster);
  });

/** The machine as a node of a cluster of its own. */
class Node {
  readonly machine: Machine;
  readonly cluster: Cluster;

  constructor(machine: Machine, cluster: Cluster) {
    this.machine = machine;
    this.cluster = cluster;
  }

  async startDaemon(level: string): Promise<void> {
    const { cluster } = this;
    const admin = inject('adminKubeconfigPath');
    const server = new URL(JSON.parse(await cluster.readFile(admin)).clusters[0].cluster.server);
    const port = server.port;
    const kubeconfig = await cluster.daemonKubeconfig({
      server: `https://${hostAddress}:${port}`,
      tlsServerName: 'localhost',
    });
    const args = [
      ...['--kubeconfig', '/kubeconfig', '--node-name', cluster.nodeName, '--base-directory', baseDirectory],
      ...['--provisioner-name', cluster.provisioner, '--http-address', '127.0.0.1:8080'],
    ];
    await this.machine.startDaemon(level, args, await cluster.readFile(kubeconfig));
  }

  /** A volume that a pod of the tenant has used: with a file of the tenant's, at the tenant's level. */
  async usedVolume(
    claim: string,
    parameters: { volumeType: string; trashRetention?: string },
  ): Promise<{ name: string; directory: string }> {
    const { cluster, machine } = this;
    const className = `${cluster.className}-${claim}`;
    await cluster.createClass(className, { parameters });
    await cluster.createClaim(claim, { spec: { storageClassName: className } });
    const bound = await until(
      `${claim} is bound`,
      async () => {
        const found = await cluster.readClaim(claim);
        return found?.status?.phase === 'Bound' && found;
      },
      slow,
    );
    const name = bound.spec.volumeName;
    const directory = `${baseDirectory}/${name}`;
    const isLocal = parameters.volumeType === 'local';
    // What kubelet lets the runtime do before the pod starts, for local volumes alone.
    if (isLocal) await machine.run(`chcon -R system_u:object_r:container_file_t:${tenant} ${directory}`);
    await machine.runInContainer(
      tenant,
      `/bin/busybox sh -c 'mkdir ${directory}/topic && echo message >${directory}/topic/log'`,
    );
    return { name, directory };
  }

  untilGone = (volume: string): Promise<true> =>
    until(`${volume} is gone`, async () => (await this.cluster.readVolume(volume)) === undefined, slow);

  /** Names in a directory of the machine, without the daemon's own. */
  async names(directory = baseDirectory): Promise<string[]> {
    return (await this.machine.run(`ls ${directory}`)).split('\n').filter((name) => name !== '');
  }
}

describe.for([['local'], ['hostPath']])('A %s volume that a pod of another level has used', ([volumeType = '']) => {
  test('is erased by a daemon that runs at all levels, whichever of the two it is', async ({ node }) => {
    await node.startDaemon(allLevels);
    const { name, directory } = await node.usedVolume('data', { volumeType });
    await expect(node.machine.runInContainer(otherTenant, `/bin/busybox cat ${directory}/topic/log`)).rejects.toThrow(
      'Permission denied',
    );
    await node.cluster.deleteClaim('data');
    await node.untilGone(name);
    await until('nothing is left of it', async () => !(await node.names()).includes(name), slow);
    const trash = `${baseDirectory}/.hostpath-provisioner/trash`;
    await until('the trash is empty', async () => (await node.names(trash)).length === 0, slow);
  });
});

test('A daemon at a level of its own cannot remove a used volume: the Event says why, and nothing is lost', async ({
  node,
}) => {
  await node.startDaemon(ownLevel);
  const { name, directory } = await node.usedVolume('data', { volumeType: 'local' });
  await node.cluster.deleteClaim('data');
  const event = await until(
    'the failure is told',
    async () => {
      const events = await node.cluster.eventsOf(name);
      return events.find((text) => text.includes('VolumeFailedDelete'));
    },
    slow,
  );
  expect(event).toContain('PermissionDenied');
  expect(event).toContain(`EACCES`);
  expect(event).toContain(`under SELinux, at level ${allLevels}`);
  expect(await node.machine.runInContainer(tenant, `/bin/busybox cat ${directory}/topic/log`)).toBe('message\n');

  await node.startDaemon(allLevels);
  await node.untilGone(name);
  await until('nothing is left of it', async () => !(await node.names()).includes(name), slow);
});

test('A volume that is restored has its content and its level', async ({ node }) => {
  await node.startDaemon(allLevels);
  const { name, directory } = await node.usedVolume('data', { volumeType: 'local', trashRetention: '1h' });
  await node.cluster.deleteClaim('data');
  await node.untilGone(name);
  expect(await node.names()).not.toContain(name);
  const args = `restore ${name} --claim ${node.cluster.namespace}/data --kubeconfig /kubeconfig --node-name ${node.cluster.nodeName} --base-directory ${baseDirectory}`;
  await node.machine.runInContainer(allLevels, `/bin/node /hostpath-provisioner.mjs ${args}`);
  expect(await node.machine.runInContainer(tenant, `/bin/busybox cat ${directory}/topic/log`)).toBe('message\n');
  await expect(node.machine.runInContainer(otherTenant, `/bin/busybox ls ${directory}`)).rejects.toThrow(
    'Permission denied',
  );
});
