import { describe, expect, inject } from 'vitest';
import { answers } from '../faults/proxy/answers.ts';
import { type FaultProxy, type HistoryEntry, startFaultProxy, upstreamOf } from '../faults/proxy/fault-proxy.ts';
import type { Cluster } from '../support/cluster.ts';
import { test as base } from '../support/integration.ts';
import { until } from '../support/until.ts';

const test = base.extend<{ proxy: FaultProxy }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of fixtures from this pattern
  proxy: async ({}, use) => {
    const proxy = await startFaultProxy(upstreamOf(inject('adminKubeconfigPath')));
    await use(proxy);
    await proxy.stop();
  },
});

const kubeconfigFor = (cluster: Cluster, { server, caData }: FaultProxy): Promise<string> =>
  cluster.daemonKubeconfig({ server, caData });

const startDaemon = async (cluster: Cluster, proxy: FaultProxy) =>
  cluster.startDaemon({ kubeconfigPath: await kubeconfigFor(cluster, proxy) });

describe('through the fault proxy', () => {
  test('a claim is provisioned and its volume deleted', async ({ cluster, proxy }) => {
    await startDaemon(cluster, proxy);
    await cluster.createClaim('data');
    const { volume } = await cluster.untilBound('data');
    expect(await cluster.directories()).toEqual([volume.metadata.name]);
    await cluster.deleteClaim('data');
    await cluster.untilVolumeGone(volume.metadata.name);
    await until('the directory is gone', async () => (await cluster.directories()).length === 0);

    const effects = proxy.history.filter(
      ({ request: { kind, resource } }) => kind === 'write' && resource !== 'events',
    );
    expect(effects.map(({ request: { label, name } }) => [label, name])).toEqual([
      ['POST persistentvolumes', volume.metadata.name],
      ['DELETE persistentvolumes', volume.metadata.name],
      ['PATCH persistentvolumes', volume.metadata.name],
    ]);
    const watched = proxy.history.filter(({ request: { kind } }) => kind === 'watch');
    expect(new Set(watched.map(({ request: { label } }) => label))).toEqual(
      new Set(
        ['persistentvolumeclaims', 'persistentvolumes', 'storageclasses', 'nodes'].map((name) => `WATCH ${name}`),
      ),
    );
    expect(effects.every(({ answered }) => answered !== 'dropped' && (answered?.status ?? 0) < 300)).toBe(true);
    expect(proxy.history.filter(({ answered }) => answered === 'dropped')).toEqual([]);
  });

  test('a daemon that is killed before it is answered is told nothing, and the next one finds its volume', async ({
    cluster,
    proxy,
  }) => {
    const daemon = await startDaemon(cluster, proxy);
    proxy.hooks = {
      onRequest: ({ label }) =>
        label === 'POST persistentvolumes'
          ? { do: 'deliverThen', run: async () => void (await daemon.kill('SIGKILL')) }
          : { do: 'pass' },
    };
    await cluster.createClaim('data');
    await daemon.exited;
    const post = await until('the POST is over', () =>
      proxy.history.find(
        ({ request, answered }) => request.label === 'POST persistentvolumes' && answered !== undefined,
      ),
    );
    expect(post).toMatchObject({ delivered: true, upstream: { status: 201 }, answered: 'dropped' });

    await startDaemon(cluster, proxy);
    const { volume } = await cluster.untilBound('data');
    expect(volume.metadata.uid).toBe(post.upstream?.body.metadata.uid);
    expect(await cluster.directories()).toEqual([volume.metadata.name]);
  });

  test('nothing that happens to a claim has its volume created before the API server wants it', async ({
    cluster,
    proxy,
  }) => {
    await startDaemon(cluster, proxy);
    const posts = () => proxy.history.filter(({ request: { label } }) => label === 'POST persistentvolumes');
    proxy.hooks = {
      onRequest: ({ label, nth }) =>
        label === 'POST persistentvolumes' && nth === 1 ? answers.tooManyRequests(2) : { do: 'pass' },
    };
    await cluster.createClaim('data');
    await until('the claim is bound', async () => {
      const annotations = { 'example.com/note': `${performance.now()}` };
      const claim = await cluster.api.patch(`${cluster.claimsPath}/data`, { metadata: { annotations } });
      return claim.status.phase === 'Bound';
    });
    const [first, second, ...others] = posts();
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(2_000);
    expect(others).toEqual([]);
  });

  test('a daemon that goes back in time lists anew, and sees what it missed when time goes on', async ({
    cluster,
    proxy,
  }) => {
    await startDaemon(cluster, proxy);
    const moment = proxy.markMoment();
    await moment.lists;
    proxy.travelTo(moment);
    await until('the watches are open again', () =>
      ['persistentvolumeclaims', 'persistentvolumes'].every((resource) => hasStaleWatch(proxy.history, resource)),
    );
    const { metadata } = await cluster.createClaim('data');
    expect(await cluster.directories()).toEqual([]);
    proxy.endTimeTravel();
    const { volume } = await cluster.untilBound('data');
    expect(volume.metadata.name).toBe(`pvc-${metadata.uid}`);
  });
});

const hasStaleWatch = (history: readonly HistoryEntry[], resource: string): boolean =>
  history.some(({ request, delivered }) => request.kind === 'watch' && request.resource === resource && !delivered);
