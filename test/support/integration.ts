import { test as base, inject } from 'vitest';
import { Cluster } from './cluster.ts';

/**
 * A test that has a `cluster` of its own, on the control plane that the suite was started with. It fails when the API server
 * denied the daemon anything, unless it says that this is what it is about.
 */
export const test = base.extend<{ cluster: Cluster }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of fixtures from this pattern
  cluster: async ({}, use) => {
    const cluster = await Cluster.make(inject('adminKubeconfigPath'), inject('program'));
    try {
      await use(cluster);
      if (!cluster.expectsDenials) await cluster.proveNothingDenied();
    } finally {
      await cluster.remove();
    }
  },
});
