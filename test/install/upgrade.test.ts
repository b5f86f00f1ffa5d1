import { existsSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { imageName } from '../../scripts/image/name.ts';
import type { Json } from '../support/api.ts';
import { pageCommand } from '../support/documents.ts';
import { documentedCommands, withNames } from './documented.ts';
import { testOnApiServer } from './install-test.ts';
import { bothControlPlanes } from './installation.ts';

const [apply, restart] = documentedCommands('install.md', 'Upgrade');
const imageOf = ({ spec }: Json): string => spec.template.spec.containers[0].image;
const daemonSet = '/apis/apps/v1/namespaces/hostpath-provisioner-system/daemonsets/hostpath-provisioner';

describe.for(bothControlPlanes)('On the $kind control plane', ({ test }) => {
  test('the next daemon goes on: what is in use is untouched, what came meanwhile is done', async ({
    installation,
  }) => {
    const { cluster } = installation;
    const before = await installation.startDaemon();
    const used = await installation.fill('used');
    const old = await installation.fill('old');
    const { metadata: asItWas } = await cluster.readVolume(used.volume);
    expect(await before.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    await cluster.deleteClaim('old');
    await installation.createClaim('new');

    await installation.startDaemon();
    await cluster.untilBound('new');
    await cluster.untilVolumeGone(old.volume);
    expect(existsSync(old.directory)).toBe(false);
    expect(used.hasContent()).toBe(true);
    expect((await cluster.readVolume(used.volume)).metadata).toEqual(asItWas);
  });
});

describe('The documented commands', () => {
  testOnApiServer('replace the pods of an earlier release by applying the new one', async ({ shell, api }) => {
    const earlier = 'hostpath-provisioner:0.0.9';
    await shell.run(`kubectl kustomize overlays/kind | sed 's|${imageName}|${earlier}|' | kubectl apply -f -`);
    expect(imageOf(await api.get(daemonSet))).toBe(earlier);
    await shell.run(pageCommand('docs/install.md', 'kubectl delete storageclass example-hostpath'));
    await shell.run(withNames(apply, {}));
    expect(imageOf(await api.get(daemonSet))).toBe(imageName);
  });

  testOnApiServer('replace the pods also when the image has the same name', async ({ shell, api }) => {
    await shell.run(withNames(apply, {}));
    const { metadata } = await api.get(daemonSet);
    await shell.run(withNames(restart, {}));
    expect((await api.get(daemonSet)).metadata.generation).toBe(metadata.generation + 1);
  });
});
