import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { documentedCommands, withNames } from '../install/documented.ts';
import { shellUntil } from '../install/shell.ts';
import { describeEndToEnd, testOnCluster } from './e2e-test.ts';
import { claim, pod } from './objects.ts';

const [list, restoreAll] = documentedCommands('kafka.md', 'The cluster was rebuilt over a kept base directory');

const test = testOnCluster({ daemon: 'daemonset.yaml' }).extend(
  'shell',
  { scope: 'file' },
  ({ cluster }, { onCleanup }) => shellUntil(onCleanup, { KUBECONFIG: cluster.node.adminKubeconfigPath }),
);

describeEndToEnd('a cluster that is made anew over the base directory of another one', () => {
  test('gives a directory to a claim of the same name by the documented commands, and deletes it with that claim', async ({
    cluster,
    shell,
  }) => {
    await cluster.create(claim('data'));
    await cluster.runToSuccess(pod('writer', 'data', 'echo precious >/mnt/file'));
    const { volume, directory } = await cluster.untilBound('data');
    const { name } = volume.metadata;

    await cluster.rebuild();
    const row = new RegExp(`^${name} +default/data +example-hostpath +\\S+ +in its place, of an`, 'm');
    expect(await shell.run(withNames(list, {}))).toMatch(row);
    await shell.run(withNames(restoreAll, { '^kafka': '^default' }));
    expect(await shell.run(withNames(list, {}))).not.toContain(name);
    expect(readFileSync(join(directory, 'file'), 'utf8')).toBe('precious\n');

    await cluster.create(claim('data'));
    expect(await cluster.runToSuccess(pod('reader', 'data', 'cat /mnt/file'))).toBe('precious\n');
    expect((await cluster.untilBound('data')).directory).toBe(directory);
    await cluster.kubectl('patch', 'pv', name, '-p', '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}');
    await cluster.deleteWithVolume('data');
  });
});
