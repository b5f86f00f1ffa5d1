import type { TestProject } from 'vitest/node';
import { startControlPlane } from '../control-plane/control-plane.ts';

declare module 'vitest' {
  interface ProvidedContext {
    controlPlane: 'embedded' | 'real';
    kubernetesVersion: string;
    adminKubeconfigPath: string;
  }
}

/** One control plane for a whole suite; tests keep apart by names of their own (support/cluster.ts). */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const controlPlane = await startControlPlane();
  project.provide('controlPlane', controlPlane.kind);
  project.provide('kubernetesVersion', controlPlane.kubernetesVersion);
  project.provide('adminKubeconfigPath', controlPlane.adminKubeconfigPath);
  return () => controlPlane.stop();
}
