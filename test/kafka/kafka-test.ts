import { notInstalled } from '../control-plane/real/prerequisites.ts';
import { obstaclesToCluster, testOnCluster } from '../e2e/e2e-test.ts';
import type { TestClusterOptions } from '../e2e/test-cluster.ts';
import { describeUnless } from '../support/describe-unless.ts';
import { Figures } from './figures.ts';
import { missingForJava } from './java-image.ts';
import { type KafkaVersion, kafkaImages } from './kafka-image.ts';

/** What keeps a real Kafka from running here. */
export const obstaclesToKafka = [
  ...obstaclesToCluster,
  ...missingForJava(),
  ...notInstalled({ 'mkfs.ext4': 'e2fsprogs' }),
];

/** Groups tests with a real Kafka; they are skipped where it cannot run. */
export const describeKafka = describeUnless('Kafka', obstaclesToKafka);

/** Tests of one file that share a cluster with the daemon and images of Kafka; what they measured is told at the end. */
export const testWithKafka = (...versions: KafkaVersion[]) =>
  testWithKafkaOn({ daemon: 'daemonset.yaml' }, ...versions);

/** The same on a cluster of another kind. */
export const testWithKafkaOn = (options: TestClusterOptions, ...versions: KafkaVersion[]) =>
  testOnCluster({ ...options, moreImages: () => kafkaImages(versions) })
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs
    .extend('figures', { scope: 'file' }, ({}, { onCleanup }) => {
      const figures = new Figures();
      onCleanup(() => console.log(`Kafka ${versions.join(' and ')}\n${figures.table()}`));
      return figures;
    })
    .extend('logged', { auto: true }, ({ cluster, onTestFailed }) => {
      onTestFailed(async () => console.error(await cluster.kubectl('logs', '--selector=app', '--prefix', '--tail=60')));
      return true;
    });
