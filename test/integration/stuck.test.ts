import { describe, expect } from 'vitest';
import { uniqueName } from '../support/build.ts';
import type { Cluster } from '../support/cluster.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';

const volumePath = (name: string): string => `/api/v1/persistentvolumes/${name}`;

const untilTold = (cluster: Cluster, object: string, start: string): Promise<string> =>
  until(`${object} has an Event: ${start}`, async () => {
    const events = await cluster.eventsOf(object);
    const found = events.find((event) => event.startsWith(start));
    if (found === undefined) throw new Error(JSON.stringify(events));
    return found;
  });

describe('a volume that would stay for ever', () => {
  test('because Kubernetes gave up on it is told of, and deleting it removes its directory', async ({ cluster }) => {
    const daemon = await cluster.startDaemon();
    await cluster.createClaim('data');
    const { volume } = await cluster.untilBound('data');
    const { name } = volume.metadata;
    await daemon.kill();
    await cluster.deleteClaim('data');
    await until('the volume is released', async () => (await cluster.readVolume(name))?.status.phase === 'Released');
    await cluster.api.patch(`${volumePath(name)}/status`, { status: { phase: 'Failed', message: 'it did not work' } });
    await cluster.startDaemon();
    const told = await untilTold(cluster, name, 'Warning VolumeFailedDelete: VolumeFailed: ');
    expect(told).toContain(`(it did not work)`);
    expect(told).toContain(`kubectl delete pv ${name}`);
    expect(await cluster.directories()).toEqual([name]);
    await cluster.api.delete(volumePath(name));
    await cluster.untilVolumeGone(name);
    await until('its directory is gone', async () => (await cluster.directories()).length === 0);
  });

  test('because it no longer says who made it is told of, and goes on once it does', async ({ cluster }) => {
    await cluster.startDaemon();
    await cluster.createClaim('data');
    const { volume } = await cluster.untilBound('data');
    const { name } = volume.metadata;
    const annotate = (identity: string | null) =>
      cluster.api.patch(volumePath(name), { metadata: { annotations: { hostPathProvisionerIdentity: identity } } });
    await annotate(null);
    const told = await untilTold(cluster, name, 'Warning VolumeFailedDelete: IdentityMissing: ');
    expect(told).toContain(`hostPathProvisionerIdentity=${cluster.nodeName}`);
    await cluster.deleteClaim('data');
    await until('the volume is released', async () => (await cluster.readVolume(name))?.status.phase === 'Released');
    expect(await cluster.directories()).toEqual([name]);
    await annotate(cluster.nodeName);
    await cluster.untilVolumeGone(name);
  });
});

describe('a claim that asks for more than its volume has is told that volumes do not grow', () => {
  const grow = (cluster: Cluster, storage: string) =>
    cluster.api.patch(`${cluster.claimsPath}/data`, { spec: { resources: { requests: { storage } } } });

  test('once, whether the daemon saw it asking or not', async ({ cluster }) => {
    const className = uniqueName('growing');
    await cluster.createClass(className, { allowVolumeExpansion: true });
    const daemon = await cluster.startDaemon();
    await cluster.createClaim('data', { spec: { storageClassName: className } });
    await cluster.untilBound('data');
    await daemon.kill();
    await grow(cluster, '2Mi');
    await cluster.startDaemon();
    await untilTold(cluster, 'data', 'Warning VolumeResizeFailed: CannotGrow: the claim asks for 2Mi');
    await cluster.createClaim('another');
    await cluster.untilBound('another');
    const told = (await cluster.eventsOf('data')).filter((event) => event.includes('CannotGrow'));
    expect(told).toHaveLength(1);
  });

  // The embedded control plane writes no managedFields, by which a change of metadata shows that the request was written.
  test.runIf(process.env.CONTROL_PLANE === 'real')('at once while the daemon watches', async ({ cluster }) => {
    const className = uniqueName('growing');
    await cluster.createClass(className, { allowVolumeExpansion: true });
    await cluster.startDaemon();
    await cluster.createClaim('data', { spec: { storageClassName: className } });
    await cluster.untilBound('data');
    await until('the request is written in another second than the claim', async () => {
      const { creationTimestamp } = (await cluster.readClaim('data')).metadata;
      return Date.now() > Date.parse(creationTimestamp) + 1_000;
    });
    await grow(cluster, '2Mi');
    await untilTold(cluster, 'data', 'Warning VolumeResizeFailed: CannotGrow: the claim asks for 2Mi');
  });
});
