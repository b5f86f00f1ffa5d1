import { inject } from 'vitest';

/** Whether the control plane under test is of that minor version of Kubernetes, such as `1.34`, or of a later one. */
export function isSince(version: string): boolean {
  return inject('kubernetesVersion').localeCompare(version, 'en', { numeric: true }) >= 0;
}
