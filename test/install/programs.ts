import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { kubernetesPath, notBuilt } from '../control-plane/real/prerequisites.ts';

export const helmPath = resolve(import.meta.dirname, '../../.build/helm');

/** @throws {Error} that says what is missing and how to get it */
export function requirePrograms(): void {
  const missing = [
    ...notBuilt([kubernetesPath()]),
    ...(existsSync(helmPath) ? [] : [`${helmPath} is missing: run "npm run helm:build"`]),
  ];
  if (missing.length > 0) throw new Error(`the installation cannot be tested: ${missing.join('; ')}`);
}
