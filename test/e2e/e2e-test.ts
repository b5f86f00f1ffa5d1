import { test } from 'vitest';
import { missingFor } from '../control-plane/real/prerequisites.ts';
import { describeUnless, withoutLinuxAndRoot } from '../support/describe-unless.ts';
import { TestCluster, type TestClusterOptions } from './test-cluster.ts';

/** What keeps a cluster with the daemon's image from running here. */
export const obstaclesToCluster = [...withoutLinuxAndRoot(), ...missingFor('node'), ...missingFor('image')];

/** Groups end-to-end tests; they are skipped where no cluster can run. */
export const describeEndToEnd = describeUnless('end-to-end', obstaclesToCluster);

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
