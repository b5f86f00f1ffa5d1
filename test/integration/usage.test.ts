import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import type { Daemon } from '../../src/daemon.ts';
import type { Cluster } from '../support/cluster.ts';
import { startCounting } from '../support/counting-daemon.ts';
import { test } from '../support/integration.ts';
import { until } from '../support/until.ts';

/** The value of a metric for a volume. */
async function figureOf({ httpPort }: Daemon, metric: string, volume: string): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text();
  const prefix = `hostpath_volume_${metric}{pool="default",volume="${volume}"} `;
  const line = page.split('\n').find((found) => found.startsWith(prefix));
  return Number(line?.slice(prefix.length) ?? Number.NaN);
}

const untilTold = (cluster: Cluster, claim: string, start: string): Promise<string> =>
  until(`${claim} has an Event: ${start}`, async () =>
    (await cluster.eventsOf(claim)).find((event) => event.startsWith(start)),
  );

describe('a volume without a limit', () => {
  test('that uses more than its size shows on /metrics and in an Event, and so does the end of that', async ({
    cluster,
  }) => {
    const daemon = await startCounting(cluster);
    onTestFinished(() => daemon.stop());
    await cluster.createClaim('data');
    const { volume, directory } = await cluster.untilBound('data');
    const { name } = volume.metadata;
    await writeFile(join(directory, 'file'), Buffer.alloc(3 * 2 ** 20, 'x'));

    const over = await untilTold(cluster, 'data', 'Warning VolumeOverRequest');
    expect(over).toMatch(
      new RegExp(`volume ${name} uses [23]\\S* MiB, and its size is 1 MiB.*kubectl -n .* patch pvc data`),
    );
    expect(await figureOf(daemon, 'capacity_bytes', name)).toBe(2 ** 20);
    await until('all of the file is counted', async () => (await figureOf(daemon, 'used_bytes', name)) >= 3 * 2 ** 20);
    expect(await figureOf(daemon, 'inodes', name)).toBe(2);

    await truncate(join(directory, 'file'));
    await untilTold(cluster, 'data', 'Normal VolumeWithinRequest');
    expect(await figureOf(daemon, 'used_bytes', name)).toBeLessThan(2 ** 20);
    expect((await cluster.eventsOf('data')).filter((event) => event.includes('VolumeOverRequest'))).toHaveLength(1);
  });
});
