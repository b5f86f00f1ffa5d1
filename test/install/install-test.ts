import { test as base } from 'vitest';
import { startReal } from '../control-plane/real/real.ts';
import { Api } from '../support/api.ts';
import { Shell } from './shell.ts';

/** A test that types commands, without a cluster. */
export const test = base.extend(
  'shell',
  { scope: 'file' },
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  async ({}, { onCleanup }) => {
    const shell = await Shell.open();
    onCleanup(() => shell[Symbol.asyncDispose]());
    return shell;
  },
);

/** A test that types commands to a real API server, which the tests of a file share. No node is there. */
export const testOnApiServer = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('controlPlane', { scope: 'file' }, async ({}, { onCleanup }) => {
    const controlPlane = await startReal();
    onCleanup(() => controlPlane.stop());
    return controlPlane;
  })
  .extend('shell', { scope: 'file' }, async ({ controlPlane }, { onCleanup }) => {
    const shell = await Shell.open({ KUBECONFIG: controlPlane.adminKubeconfigPath });
    onCleanup(() => shell[Symbol.asyncDispose]());
    return shell;
  })
  .extend('api', { scope: 'file' }, ({ controlPlane }, { onCleanup }) => {
    const api = new Api(controlPlane.adminKubeconfigPath);
    onCleanup(() => api.close());
    return api;
  });
