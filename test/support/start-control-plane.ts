import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundleDaemon } from '../../scripts/bundle.ts';
import { startControlPlane } from '../control-plane/control-plane.ts';

declare module 'vitest' {
  interface ProvidedContext {
    controlPlane: 'embedded' | 'real';
    kubernetesVersion: string;
    adminKubeconfigPath: string;
    /** Path of the daemon's bundle. */
    program: string;
  }
}

/**
 * Bundles the daemon: a bundle is what users run, and it starts in a fifth of the time that the sources take.
 * Its path is always the same, so that Node finds it in the compile cache.
 */
async function bundle(): Promise<string> {
  const path = join(import.meta.dirname, '../../.build/daemon.mjs');
  const written = `${path}.${process.pid}`;
  await bundleDaemon({ outfile: written });
  await rename(written, path);
  return path;
}

/** One control plane for a whole suite; tests keep apart by names of their own (support/cluster.ts). */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const controlPlane = await startControlPlane();
  project.provide('controlPlane', controlPlane.kind);
  project.provide('kubernetesVersion', controlPlane.kubernetesVersion);
  project.provide('adminKubeconfigPath', controlPlane.adminKubeconfigPath);
  project.provide('program', await bundle());
  return () => controlPlane.stop();
}
