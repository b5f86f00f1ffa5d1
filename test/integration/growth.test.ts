import { readFile, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { uniqueName } from '../support/build.ts';
import type { Cluster } from '../support/cluster.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';

const untilTold = (cluster: Cluster, claim: string, start: string): Promise<string> =>
  until(`${claim} has an Event: ${start}`, async () => {
    const events = await cluster.eventsOf(claim);
    const found = events.find((event) => event.startsWith(start));
    if (found === undefined) throw new Error(JSON.stringify(events));
    return found;
  });

async function growingClass(cluster: Cluster, changes: Json = {}): Promise<string> {
  const name = uniqueName('growing');
  await cluster.createClass(name, { allowVolumeExpansion: true, ...changes });
  return name;
}

const ask = (cluster: Cluster, claim: string, storage: string) =>
  cluster.api.patch(`${cluster.claimsPath}/${claim}`, { spec: { resources: { requests: { storage } } } });

const recordPath = (cluster: Cluster, volume: string) =>
  join(cluster.base, '.hostpath-provisioner/volumes', `${volume}.json`);

/** Its line in the file, which records that were written together share. */
async function recordOf(cluster: Cluster, volume: string): Promise<Json> {
  const lines = (await readFile(recordPath(cluster, volume), 'utf8')).trim().split('\n');
  return lines.map((line): Json => JSON.parse(line)).find((record) => record.volume === volume);
}

/** The sizes that record, volume object and claim have, and what the claim says of its growth. */
async function sizesOf(cluster: Cluster, claim: string): Promise<Json> {
  const { spec, status } = (await cluster.readClaim(claim)) as Json;
  const volume = (await cluster.readVolume(spec.volumeName)) as Json;
  const record = await recordOf(cluster, spec.volumeName);
  const errors = status.conditions?.filter(({ type }: Json) => type === 'ControllerResizeError') ?? [];
  return {
    record: record.template.capacity,
    volume: volume.spec.capacity.storage,
    claim: status.capacity.storage,
    state: status.allocatedResourceStatuses?.storage,
    errors: errors.length,
  };
}

const all = (size: string) => ({ record: size, volume: size, claim: size, state: undefined, errors: 0 });

const untilSizes = (cluster: Cluster, claim: string, expected: Json): Promise<true> =>
  until(`${claim} has ${JSON.stringify(expected)}`, async () => {
    expect(await sizesOf(cluster, claim)).toEqual(expected);
    return true;
  });

describe('a claim that asks for more', () => {
  test('grows while the daemon watches, in record, volume and claim, and keeps its content', async ({ cluster }) => {
    const storageClassName = await growingClass(cluster);
    await cluster.startDaemon();
    await cluster.createClaim('data', { spec: { storageClassName } });
    const { directory } = await cluster.untilBound('data');
    await writeFile(join(directory, 'precious'), 'content');
    for (const [from, to] of [
      ['1Mi', '2Mi'],
      ['2Mi', '1Gi'],
    ] as const) {
      await ask(cluster, 'data', to);
      await untilSizes(cluster, 'data', all(to));
      await untilTold(cluster, 'data', `Normal VolumeResizeSuccessful: volume pvc-`);
      expect((await cluster.eventsOf('data')).join('\n')).toContain(
        `grew from ${from} to ${to}. Its size is not enforced`,
      );
    }
    expect(await readFile(join(directory, 'precious'), 'utf8')).toBe('content');
  });

  test.for(['hostPath', 'local'])(
    'grows when the daemon comes later, with a volume of type %s',
    async (volumeType, { cluster }) => {
      const storageClassName = await growingClass(cluster, { parameters: { volumeType }, reclaimPolicy: 'Retain' });
      const daemon = await cluster.startDaemon();
      await cluster.createClaim('data', { spec: { storageClassName } });
      await cluster.untilBound('data');
      await daemon.kill();
      await ask(cluster, 'data', '2Mi');
      await cluster.startDaemon();
      await untilSizes(cluster, 'data', all('2Mi'));
    },
  );

  test('grows while others are bound', async ({ cluster }) => {
    const storageClassName = await growingClass(cluster);
    await cluster.startDaemon();
    const names = Array.from({ length: 8 }, (_, index) => `data-${index}`);
    const grow = async (name: string) => {
      await cluster.createClaim(name, { spec: { storageClassName } });
      await cluster.untilBound(name);
      await ask(cluster, name, '2Mi');
      await untilSizes(cluster, name, all('2Mi'));
    };
    await Promise.all(names.map(grow));
  });
});

describe('a daemon that died while it grew a volume', () => {
  type Step = (cluster: Cluster, volume: string) => Promise<unknown>;
  const noteSize: Step = async (cluster, volume) => {
    const path = recordPath(cluster, volume);
    const record = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, `${JSON.stringify({ ...record, template: { ...record.template, capacity: '4Mi' } })}\n`);
  };
  const growVolume: Step = (cluster, volume) =>
    cluster.api.patch(`/api/v1/persistentvolumes/${volume}`, { spec: { capacity: { storage: '4Mi' } } });

  test.for<[string, Step[], string, string]>([
    ['before its first step', [], '4Mi', '4Mi'],
    ['after it noted the size', [noteSize], '4Mi', '4Mi'],
    ['after it grew the volume object', [noteSize, growVolume], '4Mi', '4Mi'],
    ['after it noted the size, and the user then asks for less,', [noteSize], '2Mi', '4Mi'],
    ['after it grew the volume object, and the user then asks for less,', [noteSize, growVolume], '2Mi', '4Mi'],
  ])('%s gives all of them the largest size', async ([, steps, request, expected], { cluster }) => {
    const storageClassName = await growingClass(cluster);
    const daemon = await cluster.startDaemon();
    await cluster.createClaim('data', { spec: { storageClassName } });
    const { volume } = await cluster.untilBound('data');
    await daemon.kill('SIGKILL');
    await ask(cluster, 'data', '4Mi');
    for (const step of steps) await step(cluster, volume.metadata.name);
    if (request !== '4Mi') await ask(cluster, 'data', request);
    await cluster.startDaemon();
    await untilSizes(cluster, 'data', all(expected));
  });
});

describe('a claim that asks for more than there is room for', () => {
  test('is told in its status and by an Event, and grows once its user asks for less', async ({ cluster }) => {
    const storageClassName = await growingClass(cluster, { parameters: { overcommit: '1.0' } });
    await cluster.startDaemon();
    await cluster.createClaim('data', { spec: { storageClassName } });
    await cluster.untilBound('data');
    await ask(cluster, 'data', '1Ei');
    await untilSizes(cluster, 'data', { ...all('1Mi'), state: 'ControllerResizeInfeasible', errors: 1 });
    const told = await untilTold(cluster, 'data', 'Warning VolumeResizeFailed: NoRoom: the claim asks for 1 EiB');
    expect(told).toContain(`kubectl get pv -l hostpath-provisioner/node=${cluster.nodeName}`);
    await ask(cluster, 'data', '2Mi');
    await untilSizes(cluster, 'data', all('2Mi'));
  });

  test('grows when it no longer lacks room', async ({ cluster }) => {
    const storageClassName = await growingClass(cluster, { parameters: { overcommit: '1.0' } });
    await cluster.startDaemon();
    const { bsize, blocks, bfree, bavail } = await statfs(cluster.base);
    const more = `${Math.floor(((blocks - (bfree - bavail)) * bsize * 0.6) / 2 ** 20)}Mi`;
    await cluster.createClaim('large', { spec: { storageClassName, resources: { requests: { storage: more } } } });
    await cluster.createClaim('data', { spec: { storageClassName } });
    await Promise.all(['large', 'data'].map((claim) => cluster.untilBound(claim)));
    await ask(cluster, 'data', more);
    await untilSizes(cluster, 'data', { ...all('1Mi'), state: 'ControllerResizeInfeasible', errors: 1 });
    await cluster.createClaim('waiting', { spec: { storageClassName, resources: { requests: { storage: '1Ei' } } } });
    await untilTold(cluster, 'waiting', 'Warning ProvisioningFailed: NoRoom: ');
    await cluster.deleteClaim('large');
    await untilSizes(cluster, 'data', all(more));
  });
});
