import { execFileSync } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { uniqueName } from '../support/build.ts';
import type { Cluster } from '../support/cluster.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';
import { clone, untilTold } from './cloning.ts';

const selectedNode = 'volume.kubernetes.io/selected-node';

async function waitingClass(cluster: Cluster): Promise<string> {
  const name = uniqueName('waiting');
  await cluster.createClass(name, { volumeBindingMode: 'WaitForFirstConsumer' });
  return name;
}

const select = (cluster: Cluster, claim: string, node: string) =>
  cluster.api.patch(`${cluster.claimsPath}/${claim}`, { metadata: { annotations: { [selectedNode]: node } } });

describe('a claim that is to be a copy of another one', () => {
  test('is bound to one, with equal content and hard links, which has its own life', async ({ cluster }) => {
    const daemon = await cluster.startDaemon();
    await cluster.createClaim('original');
    const original = await cluster.untilBound('original');
    const script = 'mkdir -p a/b; echo messages > a/log; ln a/log a/b/link; ln -s a/log symbolic; mkfifo pipe';
    execFileSync('sh', ['-ec', script], { cwd: original.directory });
    await clone(cluster, 'copy', 'original', { resources: { requests: { storage: '2Mi' } } });
    const { directory, volume } = await cluster.untilBound('copy');
    execFileSync('diff', ['--recursive', '--no-dereference', '--exclude=pipe', original.directory, directory]);
    expect((await stat(join(directory, 'a/log'))).ino).toBe((await stat(join(directory, 'a/b/link'))).ino);
    expect(volume.spec.capacity.storage).toBe('2Mi');
    const record = JSON.parse(
      await readFile(join(cluster.base, '.hostpath-provisioner/volumes', `${volume.metadata.name}.json`), 'utf8'),
    );
    expect(record.source).toBe(original.volume.metadata.name);
    await untilTold(cluster, 'copy', 'Warning CloneSkipped: the copy of claim "original" lacks 1 pipes');
    await cluster.deleteClaim('original');
    await cluster.untilVolumeGone(original.volume.metadata.name);
    expect(await readFile(join(directory, 'a/log'), 'utf8')).toBe('messages\n');
    await cluster.deleteClaim('copy');
    await cluster.untilVolumeGone(volume.metadata.name);
    const { text } = await daemon.get('/metrics');
    expect(text).toMatch(/provision_total\{class="[^"]+",source="PersistentVolumeClaim"\} 1/);
    expect(text).toMatch(/hostpath_clone_copied_bytes_total [1-9]/);
    expect(text).toMatch(/hostpath_clones_running 0/);
  });

  test('waits for its source to exist and to be bound', async ({ cluster }) => {
    const storageClassName = await waitingClass(cluster);
    await cluster.startDaemon();
    await clone(cluster, 'copy', 'original');
    await untilTold(cluster, 'copy', 'Warning ProvisioningFailed: SourceNotFound: ');
    await cluster.createClaim('later', { spec: { storageClassName } });
    await clone(cluster, 'copy-of-later', 'later');
    await until(
      'the source of a claim is pending',
      async () => (await cluster.readClaim('copy-of-later')) !== undefined,
    );
    await select(cluster, 'later', cluster.nodeName);
    await cluster.untilBound('later');
    await cluster.untilBound('copy-of-later');
  });

  test('is refused if it is smaller than its source', async ({ cluster }) => {
    await cluster.startDaemon();
    await cluster.createClaim('original');
    await cluster.untilBound('original');
    await clone(cluster, 'copy', 'original', { resources: { requests: { storage: '1Ki' } } });
    await untilTold(cluster, 'copy', 'Warning ProvisioningFailed: SmallerThanSource: ');
  });
});

describe('a copy of a volume of another node', () => {
  test('is made there, by the daemon of that node', async ({ cluster }) => {
    const second = `${cluster.nodeName}-b`;
    await cluster.createNode(second);
    const storageClassName = await waitingClass(cluster);
    const daemon = await cluster.startDaemon();
    await cluster.createClaim('original');
    await cluster.untilBound('original');
    const other = await cluster.startDaemon({ nodeName: second, baseDirectory: await cluster.makeBase('base-b') });
    await clone(cluster, 'immediate', 'original');
    await cluster.untilBound('immediate');

    await clone(cluster, 'scheduled', 'original', { storageClassName }, { [selectedNode]: second });
    const told = await untilTold(cluster, 'scheduled', 'Warning NodeGivenBack: SourceOnAnotherNode: ');
    expect(told).toContain(`kubernetes.io/hostname: ${cluster.nodeName}`);
    await select(cluster, 'scheduled', cluster.nodeName);
    await cluster.untilBound('scheduled');
    expect(await cluster.directories('base-b')).toEqual([]);
    expect((await cluster.eventsOf('immediate')).filter((event) => event.startsWith('Warning'))).toEqual([]);
    expect([daemon, other].flatMap(({ log }) => log.filter(({ msg }) => msg === 'claim not provisioned'))).toEqual([]);
  });
});

test('a claim that a volume populator is to fill is left alone', async ({ cluster }) => {
  const daemon = await cluster.startDaemon();
  await cluster.createClaim('populated', {
    spec: { dataSourceRef: { apiGroup: 'example.com', kind: 'Backup', name: 'daily' } },
  });
  await until('it was looked at', () =>
    daemon.log.some(({ msg, reason }) => msg === 'claim left as it is' && reason === 'ForPopulator'),
  );
  expect((await cluster.eventsOf('populated')).filter((event) => event.startsWith('Warning'))).toEqual([]);
  expect([...(await cluster.directories()), ...(await cluster.journal('volumes'))]).toEqual([]);
});
