import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Json } from '../../support/api.ts';
import type { Cluster } from '../../support/cluster.ts';
import { test } from '../../support/integration.ts';
import { until } from '../../support/until.ts';
import { clone, untilTold } from '../cloning.ts';

/** Takes some seconds to copy. */
function fillSlowly(directory: string, entries = 12_000): void {
  for (let index = 0; index < entries; index += 1) mkdirSync(join(directory, `${index}`));
}

/** The directory in which the copy for a claim grows. */
const growing = (cluster: Cluster, claim: Json) =>
  join(cluster.base, '.hostpath-provisioner/clones', `pvc-${claim.metadata.uid}`);

const untilGrowing = (cluster: Cluster, claim: Json) =>
  until(`the copy for ${claim.metadata.name} has grown a bit`, () => {
    const path = growing(cluster, claim);
    return existsSync(path) && readdirSync(path).length > 100;
  });

/** The names of volumes in base directory, journal and trash, and unfinished copies. */
async function left(cluster: Cluster): Promise<string[]> {
  const state = join(cluster.base, '.hostpath-provisioner');
  const clones = existsSync(join(state, 'clones')) ? readdirSync(join(state, 'clones')) : [];
  const [directories, records, trash] = [
    await cluster.directories(),
    await cluster.journal('volumes'),
    await cluster.journal('trash'),
  ];
  return [...directories, ...records.map((name) => name.replace('.json', '')), ...trash, ...clones];
}

const onlySource = (cluster: Cluster, { volume }: { volume: Json }) =>
  until('only the source is left', async () => {
    expect(await left(cluster)).toEqual(Array(2).fill(volume.metadata.name));
    return true;
  });

describe('a copy that takes long', () => {
  test('says how far it is, does not hold up others, and keeps its source until it is whole', async ({ cluster }) => {
    await cluster.startDaemon();
    await cluster.createClaim('original');
    const original = await cluster.untilBound('original');
    fillSlowly(original.directory, 20_000);
    const claim = await clone(cluster, 'copy', 'original');
    await untilGrowing(cluster, claim);
    await cluster.deleteClaim('original');
    await cluster.createClaim('other');
    await cluster.untilBound('other');
    await untilTold(cluster, 'copy', 'Normal Cloning: ');
    const { directory } = await cluster.untilBound('copy');
    expect(readdirSync(directory)).toHaveLength(20_000);
    await cluster.untilVolumeGone(original.volume.metadata.name);
  });

  test('leaves nothing when it is deleted meanwhile', async ({ cluster }) => {
    const daemon = await cluster.startDaemon();
    await cluster.createClaim('original');
    const original = await cluster.untilBound('original');
    fillSlowly(original.directory);
    await untilGrowing(cluster, await clone(cluster, 'copy', 'original'));
    await cluster.deleteClaim('copy');
    await onlySource(cluster, original);
    expect(daemon.warnings).toEqual([]);
  });

  test('is begun anew when the daemon dies meanwhile, and leaves nothing when it is deleted while no daemon runs', async ({
    cluster,
  }) => {
    const daemon = await cluster.startDaemon();
    await cluster.createClaim('original');
    const original = await cluster.untilBound('original');
    fillSlowly(original.directory);
    const claim = await clone(cluster, 'copy', 'original');
    await untilGrowing(cluster, claim);
    await daemon.kill('SIGKILL');
    expect(existsSync(growing(cluster, claim))).toBe(true);
    const next = await cluster.startDaemon();
    expect(readdirSync((await cluster.untilBound('copy')).directory)).toHaveLength(12_000);
    await cluster.deleteClaim('copy');
    await onlySource(cluster, original);

    await untilGrowing(cluster, await clone(cluster, 'unwanted', 'original'));
    await next.kill('SIGKILL');
    await cluster.deleteClaim('unwanted');
    await cluster.startDaemon();
    await onlySource(cluster, original);
  });
});
