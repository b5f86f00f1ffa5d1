import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ArchivedImage } from '../control-plane/real/image.ts';
import { archivePathOf, javaImage } from './java-image.ts';

export type KafkaVersion = '3.9.1' | '4.1.1';

/** Of manifests/kafka/single, which README.md applies. */
export const readmeKafka: KafkaVersion = '4.1.1';

/** Images that hold what docs/kafka.md asks for: Java, a shell, and the libraries of Kafka from Maven Central. */
export async function kafkaImages(versions: readonly KafkaVersion[]): Promise<ArchivedImage[]> {
  const images = [];
  for (const version of versions) images.push(await kafkaImage(version));
  return images;
}

export const kafkaImage = (version: KafkaVersion): Promise<ArchivedImage> =>
  javaImage({
    name: `docker.io/library/kafka-from-maven:${version}`,
    moreNames: [`docker.io/apache/kafka:${version}`], // as the shipped manifests have it, so that they run as they are
    pomPath: pomPathOf(version),
    librariesPath: '/opt/kafka/libs',
  });

/** Those of these versions that were built before. */
export const builtKafkaImages = (versions: readonly KafkaVersion[]): ArchivedImage[] =>
  versions
    .map((version) => ({ archivePath: archivePathOf(pomPathOf(version)) }))
    .filter(({ archivePath }) => existsSync(archivePath));

const pomPathOf = (version: KafkaVersion): string => join(import.meta.dirname, `images/kafka-${version}.xml`);
