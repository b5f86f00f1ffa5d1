import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { describeEndToEnd, testOnCluster } from './e2e-test.ts';
import { claim, pod, storageClass } from './objects.ts';

const claims = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);

async function inTurn<T>(items: readonly T[], deed: (item: T) => Promise<unknown>): Promise<void> {
  for (const item of items) await deed(item);
}

const test = testOnCluster({ daemon: 'daemonset.yaml' });

describeEndToEnd('the death of the daemon in the midst of its work', () => {
  test('loses nothing, leaks nothing and hands out nothing twice', async ({ cluster }) => {
    const kept = claims('kept', 60);
    const removed = claims('removed', 30);
    await cluster.create(storageClass('immediate', {}));
    for (const name of removed) await cluster.create(claim(name, 'immediate'));
    await Promise.all(removed.map((name) => cluster.untilBound(name)));
    await cluster.create(claim('data'));
    await cluster.runToSuccess(pod('writer', 'data', 'echo precious >/mnt/data'));

    const deleted = cluster.kubectl('delete', 'persistentvolumeclaims', ...removed, '--wait');
    const created = inTurn(kept, (name) => cluster.create(claim(name, 'immediate')));
    await cluster.untilBound('kept-0'); // the others are under way
    cluster.killDaemon();
    await Promise.all([created, deleted]);

    const bound = await Promise.all(['data', ...kept].map((name) => cluster.untilBound(name)));
    const volumes = bound.map(({ volume }) => volume.metadata.name).sort();
    await cluster.untilVolumesAre(volumes);
    await cluster.untilDaemonRestarts(1);
    expect(readdirSync(cluster.baseDirectory).sort()).toEqual(['.hostpath-provisioner', ...volumes]);
    expect(await cluster.runToSuccess(pod('reader', 'data', 'cat /mnt/data'))).toBe('precious\n');
  });
});
