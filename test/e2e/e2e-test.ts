import { describe, test } from 'vitest';
import { missingFor } from '../control-plane/real/prerequisites.ts';
import { TestCluster, type TestClusterOptions } from './test-cluster.ts';

/** Everything that keeps the suite from running here. */
const obstacles = [...(process.platform === 'linux' ? [] : ['it needs Linux']), ...missingFor('node')];
if (obstacles.length > 0) {
  const message = `the end-to-end suite cannot run: ${obstacles.join('; ')}`;
  if (process.env.CI) throw new Error(message);
  console.warn(`${message}; its tests are skipped`);
}

/** Groups end-to-end tests; they are skipped where no cluster can run. */
export const describeEndToEnd = describe.skipIf(obstacles.length > 0);

/** Tests of one file that share a cluster in which the daemon runs. */
export const testOnCluster = (options: TestClusterOptions) =>
  test
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
    .extend('cluster', { scope: 'file' }, async ({}, { onCleanup }) => {
      const cluster = await TestCluster.start(options);
      onCleanup(() => cluster.stop());
      return cluster;
    })
    .extend('reported', { auto: true }, ({ cluster, onTestFailed }) => {
      onTestFailed(async () => console.error(await cluster.report()));
      return true;
    });
