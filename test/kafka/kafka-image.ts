import { join } from 'node:path';
import type { ArchivedImage } from '../control-plane/real/image.ts';
import { javaImage } from './java-image.ts';

export type KafkaVersion = '3.9.1' | '4.1.1';

/** An image that holds what docs/kafka.md asks for: Java, a shell, and the libraries of Kafka from Maven Central. */
export const kafkaImage = (version: KafkaVersion): Promise<ArchivedImage> =>
  javaImage({
    name: `docker.io/library/kafka-from-maven:${version}`,
    pomPath: join(import.meta.dirname, `images/kafka-${version}.xml`),
    librariesPath: '/opt/kafka/libs',
  });
