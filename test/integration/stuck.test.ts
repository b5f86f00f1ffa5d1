import { describe, expect } from 'vitest';
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
