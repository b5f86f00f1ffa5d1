import { test as base } from 'vitest';
import type { Image } from '../control-plane/real/image.ts';
import { startCluster } from '../control-plane/real/node.ts';
import { projectImages } from '../control-plane/real/project-images.ts';
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

/** A test that types commands to a cluster of one real node, which the tests of a file share. */
export const testOnNode = (moreImages: () => Promise<Image[]> = async () => []) =>
  base
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
    .extend('cluster', { scope: 'file' }, async ({}, { onCleanup }) => {
      const cluster = await startCluster({ images: [...projectImages(), ...(await moreImages())] });
      onCleanup(() => cluster.stop());
      return cluster;
    })
    .extend('shell', { scope: 'file' }, ({ cluster }, { onCleanup }) =>
      shellUntil(onCleanup, { KUBECONFIG: cluster.adminKubeconfigPath }),
    );
