import { join } from 'node:path';
import type { ArchivedImage } from '../control-plane/real/image.ts';
import { javaImage } from './java-image.ts';

/** Java, a shell, ActiveMQ Artemis from Maven Central where its own image has it, and a client. */
export const artemisImage = (): Promise<ArchivedImage> =>
  javaImage({
    name: 'docker.io/library/artemis-from-maven:2.42.0',
    pomPath: join(import.meta.dirname, 'images/artemis-2.42.0.xml'),
    librariesPath: '/opt/activemq-artemis/lib',
    sourcePaths: [join(import.meta.dirname, 'artemis/Messages.java')],
  });
