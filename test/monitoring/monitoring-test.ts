import { test as base, inject } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import type { Series } from '../support/prometheus/expression.ts';
import { allSeries } from '../support/prometheus/rule-files.ts';
import { documentedScrape } from '../support/prometheus/scrape-configuration.ts';
import { serveKubeState } from './kube-state-page.ts';
import { Prometheus } from './prometheus.ts';
import { seriesOn } from './served.ts';
import { WatchedDaemon } from './watched-daemon.ts';

/** A test of what the real daemon serves, which the tests of a file share, and of what Prometheus makes of it. */
export const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
  .extend('cluster', { scope: 'file' }, async ({}, { onCleanup }) => {
    const cluster = await Cluster.make(inject('adminKubeconfigPath'), inject('program'));
    onCleanup(() => cluster.remove());
    return cluster;
  })
  .extend('daemon', { scope: 'file' }, async ({ cluster }, { onCleanup }) => {
    const daemon = await WatchedDaemon.start(cluster);
    onCleanup(() => daemon[Symbol.asyncDispose]());
    await daemon.fill();
    return daemon;
  })
  .extend('page', { scope: 'file' }, ({ daemon }) => daemon.page())
  .extend('series', { scope: 'file' }, ({ page }): Series => allSeries(seriesOn(page)))
  .extend('kubeState', { scope: 'file' }, async ({ cluster }, { onCleanup }) => {
    const page = await serveKubeState(cluster);
    onCleanup(() => page[Symbol.asyncDispose]());
    return page;
  })
  .extend('prometheus', { scope: 'file' }, async ({ cluster, daemon, kubeState }, { onCleanup }) => {
    const prometheus = await Prometheus.start([
      documentedScrape([{ address: daemon.address, node: cluster.nodeName }]),
      // A claim's namespace is not the target's.
      { job_name: 'kube-state-metrics', honor_labels: true, static_configs: [{ targets: [kubeState.address] }] },
    ]);
    onCleanup(() => prometheus[Symbol.asyncDispose]());
    return prometheus;
  });
