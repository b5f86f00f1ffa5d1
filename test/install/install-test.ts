import { test as base } from 'vitest';
import { startReal } from '../control-plane/real/real.ts';
import { Api } from '../support/api.ts';
import { shellUntil } from './shell.ts';

/** A test that types commands, without a cluster. */
export const test = base.extend(
  'shell',
  { scope: 'file' },
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  ({}, { onCleanup }) => shellUntil(onCleanup),
);

/** A test that types commands to a real API server, which the tests of a file share. No node is there. */
export const testOnApiServer = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('controlPlane', { scope: 'file' }, async ({}, { onCleanup }) => {
    const controlPlane = await startReal();
    onCleanup(() => controlPlane.stop());
    return controlPlane;
  })
  .extend('shell', { scope: 'file' }, ({ controlPlane }, { onCleanup }) =>
    shellUntil(onCleanup, { KUBECONFIG: controlPlane.adminKubeconfigPath }),
  )
  .extend('api', { scope: 'file' }, ({ controlPlane }, { onCleanup }) => {
    const api = new Api(controlPlane.adminKubeconfigPath);
    onCleanup(() => api.close());
    return api;
  });
