/** `npm run kafka:build`: makes the image that the shipped manifests of Kafka name, for a node that pulls nothing. */
import { missingForJava } from './java-image.ts';
import { kafkaImage, readmeKafka } from './kafka-image.ts';

const missing = missingForJava();
if (missing.length > 0) throw new Error(`the image of Kafka cannot be made: ${missing.join('; ')}`);
const { archivePath } = await kafkaImage(readmeKafka);
console.log(archivePath);
